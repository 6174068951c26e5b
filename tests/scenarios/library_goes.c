/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses, but not of two locks: in between the library in which one lies is closed, and comes
 * back to the same place.
 *
 * Twin of library_stays.c: it is closed before it is opened again.
 *
 * expect: clean
 * prints: at the same place
 */
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

static pthread_mutex_t host = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t *vault;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(vault); /* first takes the library's */
	pthread_mutex_lock(&host); /* first takes the host's */
	pthread_mutex_unlock(&host);
	pthread_mutex_unlock(vault);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&host); /* second takes the host's */
	pthread_mutex_lock(vault); /* second takes the library's */
	pthread_mutex_unlock(vault);
	pthread_mutex_unlock(&host);
	finished++;
	return NULL;
}

static void *library_open(void)
{
	void *library = dlopen("libvault.so", RTLD_NOW);

	vault = library ? dlsym(library, "vault") : NULL;
	return library;
}

int main(void)
{
	void *library = library_open();
	uintptr_t place = (uintptr_t)vault;
	pthread_t one, two;

	if (!library)
		return 1;
	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	dlclose(library), library_open();
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	printf("at %s place\n", (uintptr_t)vault == place ? "the same" : "another");
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
