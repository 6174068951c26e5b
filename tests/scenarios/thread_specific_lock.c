/* SPDX-License-Identifier: MIT */
/* Opposite orders of two addresses: the thread-local lock of the first thread is no more when the second thread has the same
 * memory.
 *
 * Twin of thread_static_lock.c: each thread has a lock of its own, thread-local.
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
static atomic_int turn = -1;

static void take(pthread_mutex_t *outer, pthread_mutex_t *inner)
{
	pthread_mutex_lock(outer); /* takes the outer one */
	pthread_mutex_lock(inner); /* takes the inner one */
	pthread_mutex_unlock(inner);
	pthread_mutex_unlock(outer);
}

static void *worker(void *number)
{
	static __thread pthread_mutex_t own = PTHREAD_MUTEX_INITIALIZER;

	places[(intptr_t)number] = (uintptr_t)&own;
	if (number)
		take(&global, &own); /* second takes them */
	else
		take(&own, &global); /* first takes them */
	return NULL;
}

/* Whoever joins a worker comes after it; who starts the next one is not that one.  Both joiners are there
 * before that, so that the stack of the first worker is free for the second. */
static void *joiner(void *number)
{
	pthread_t thread;

	while (turn < (intptr_t)number)
		sched_yield();
	pthread_create(&thread, NULL, worker, number);
	pthread_join(thread, NULL);
	turn++;
	while (turn < 2)
		sched_yield();
	return NULL;
}

int main(void)
{
	pthread_t joiners[2];

	for (int i = 0; i < 2; i++)
		pthread_create(&joiners[i], NULL, joiner, (void *)(intptr_t)i);
	turn = 0;
	for (int i = 0; i < 2; i++)
		pthread_join(joiners[i], NULL);
	printf("at %s place\n", places[0] == places[1] ? "the same" : "another");
	return 0;
}
