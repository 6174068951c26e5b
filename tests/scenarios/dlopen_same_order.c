/* SPDX-License-Identifier: MIT */
/* A plug-in's constructor takes its own lock and the program's, inside dlopen; so does a thread, in the same order.
 *
 * Twin of dlopen_constructor.c: the plug-in's lock, then the host's.
 *
 * expect: clean
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

extern pthread_mutex_t host_lock;
pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

static void *plugin;
static atomic_int finished;

static void *loader(void *arg)
{
	plugin = dlopen("libplugin.so", RTLD_NOW);
	finished++;
	return NULL;
}

static void *user(void *arg)
{
	pthread_mutex_t *plugin_lock = dlsym(plugin, "plugin_lock");

	pthread_mutex_lock(plugin_lock); /* user takes the plug-in's lock */
	pthread_mutex_lock(&host_lock); /* user takes the host's lock */
	pthread_mutex_unlock(plugin_lock);
	pthread_mutex_unlock(&host_lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, loader, NULL);
	while (!finished)
		sched_yield();
	if (!plugin)
		return 1;
	pthread_create(&two, NULL, user, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	dlclose(plugin);
	return 0;
}
