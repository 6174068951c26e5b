/* SPDX-License-Identifier: MIT */
/* The same orders, but the thread is shown the lock of another function, which lies where that of the first one lay.
 *
 * Twin of frame_own_stays.c: the functions are two.
 *
 * expect: clean
 * prints: at the same place
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER;
static uintptr_t places[2];
static atomic_int n_ready;
static pthread_mutex_t *_Atomic shared;

/* Another thread takes the global lock first. */
static void *helper(void *arg)
{
	while (!shared)
		sched_yield();
	pthread_mutex_lock(&global); /* helper takes the global one */
	pthread_mutex_lock(shared); /* helper takes the local one */
	pthread_mutex_unlock(shared);
	pthread_mutex_unlock(&global);
	n_ready = 1;
	return NULL;
}

static void share(pthread_mutex_t *local)
{
	places[1] = (uintptr_t)local;
	shared = local;
	while (!n_ready)
		sched_yield();
}

static void take(pthread_mutex_t *local)
{
	places[0] = (uintptr_t)local;
	pthread_mutex_lock(local); /* main takes the local one */
	pthread_mutex_lock(&global); /* main takes the global one */
	pthread_mutex_unlock(&global);
	pthread_mutex_unlock(local);
}

static __attribute__((noinline)) void both(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	take(&local);
	share(&local);
}

static __attribute__((noinline)) void one(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	take(&local);
}

static __attribute__((noinline)) void two(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	pthread_mutex_lock(&local);
	pthread_mutex_unlock(&local);
	share(&local);
}

int main(int argc, char **argv)
{
	pthread_t thread;

	pthread_create(&thread, NULL, helper, NULL);
	if (argc == 1)
		one(), two();
	else
		both();
	printf("at %s place\n", places[0] == places[1] ? "the same" : "another");
	pthread_join(thread, NULL);
	return 0;
}
