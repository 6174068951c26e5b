/* SPDX-License-Identifier: MIT */
/* Opposite orders of a global lock and an address in main's stack: two functions that are called one after the other have
 * each a lock there.
 *
 * Twin of frame_stays.c: the second thread is given the lock of another function.
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
static pthread_t threads[2];
static uintptr_t places[2];
static atomic_int finished;

static void *first(void *local)
{
	pthread_mutex_lock(local); /* first takes the local one */
	pthread_mutex_lock(&global); /* first takes the global one */
	pthread_mutex_unlock(&global);
	pthread_mutex_unlock(local);
	finished++;
	return NULL;
}

static void *second(void *local)
{
	pthread_mutex_lock(&global); /* second takes the global one */
	pthread_mutex_lock(local); /* second takes the local one */
	pthread_mutex_unlock(local);
	pthread_mutex_unlock(&global);
	finished++;
	return NULL;
}

static void run(int i, void *(*routine)(void *), pthread_mutex_t *local)
{
	places[i] = (uintptr_t)local;
	pthread_create(&threads[i], NULL, routine, local);
	while (finished <= i)
		sched_yield();
}

static __attribute__((noinline)) void both(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	run(0, first, &local);
	run(1, second, &local);
}

static __attribute__((noinline)) void one(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	run(0, first, &local);
}

static __attribute__((noinline)) void two(void)
{
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	run(1, second, &local);
}

int main(int argc, char **argv)
{
	if (argc == 1)
		one(), two();
	else
		both();

	printf("at %s place\n", places[0] == places[1] ? "the same" : "another");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
