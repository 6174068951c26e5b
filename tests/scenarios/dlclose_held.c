/* SPDX-License-Identifier: MIT */
/* A library that a thread closes takes the host's lock in its destructor; another thread opens one with that lock held.
 *
 * expect: loader-lock possible error
 *   thread: first
 *     holds: host_lock at first takes it
 *     wants: loader lock at first opens a library
 *   thread: second
 *     holds: loader lock at second closes the plug-in
 *     wants: host_lock at plugin takes the host's lock again < second closes the plug-in
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
	pthread_mutex_lock(&host_lock); /* first takes it */
	library = dlopen("libm.so.6", RTLD_NOW); /* first opens a library */
	pthread_mutex_unlock(&host_lock);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	while (!finished)
		sched_yield();
	dlclose(plugin); /* second closes the plug-in */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	plugin = dlopen("libleaver.so", RTLD_NOW);
	if (!plugin)
		return 1;
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return !library;
}
