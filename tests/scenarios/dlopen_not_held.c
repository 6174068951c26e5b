/* SPDX-License-Identifier: MIT */
/* A thread opens a library and then takes a lock; another one opens a plug-in whose constructor takes that lock.
 *
 * Twin of dlopen_held.c: opened, then locked.
 *
 * expect: clean
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

extern pthread_mutex_t host_lock;
pthread_mutex_t host_lock = PTHREAD_MUTEX_INITIALIZER;

static atomic_int finished;
static void *library, *plugin;

static void *first(void *arg)
{
	library = dlopen("libm.so.6", RTLD_NOW); /* first opens a library */
	pthread_mutex_lock(&host_lock); /* first takes it */
	pthread_mutex_unlock(&host_lock);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	while (!finished)
		sched_yield();
	plugin = dlopen("libplugin.so", RTLD_NOW); /* second opens the plug-in */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return !library || !plugin;
}
