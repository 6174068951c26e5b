/* SPDX-License-Identifier: MIT */
/* A thread waits on a condition with a second lock in its hand; to wake up it takes the two in the opposite order.
 *
 * Waiting gives back the mutex of the wait, not the other lock.  A thread that has the mutex by then and wants the
 * other lock meets the one that wakes up.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: m at first takes m
 *     wants: other at first takes the other
 *   thread: waiter
 *     holds: other at waiter takes the other
 *     wants: m at waiter wakes up
 * expect: lock-order-cycle single-thread note
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int finished, is_waiting;
static int is_ready;

static void *first(void *arg)
{
	pthread_mutex_lock(&m); /* first takes m */
	pthread_mutex_lock(&other); /* first takes the other */
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&m);
	finished++;
	return NULL;
}

static void *waiter(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_mutex_lock(&other); /* waiter takes the other */
	is_waiting = 1;
	while (!is_ready)
		pthread_cond_wait(&condition, &m); /* waiter wakes up */
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&m);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, waiter, NULL);
	while (!is_waiting)
		sched_yield();
	pthread_mutex_lock(&m);
	is_ready = 1;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&m);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
