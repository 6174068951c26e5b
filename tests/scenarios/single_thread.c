/* SPDX-License-Identifier: MIT */
/* One thread takes two locks in opposite orders, one after the other.
 *
 * Twin of detached.c: main does all of it, and cannot wait for itself.
 *
 * expect: lock-order-cycle single-thread note
 *   thread: main
 *     holds: b at takes b, then a
 *     wants: a at takes a after b
 *   thread: main
 *     holds: a at takes a, then b
 *     wants: b at takes b after a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *other(void *arg)
{
	pthread_mutex_lock(&b); /* takes b, then a */
	pthread_mutex_lock(&a); /* takes a after b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

static void start(void *(*routine)(void *), bool in_background)
{
	pthread_t thread;

	if (in_background) {
		pthread_create(&thread, NULL, routine, NULL);
		pthread_detach(thread);
	} else {
		routine(NULL);
	}
}

int main(void)
{
	start(other, false);
	while (!finished)
		sched_yield();
	pthread_mutex_lock(&a); /* takes a, then b */
	pthread_mutex_lock(&b); /* takes b after a */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return 0;
}
