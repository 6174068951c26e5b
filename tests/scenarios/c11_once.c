/* SPDX-License-Identifier: MIT */
/* A routine that runs once takes a lock; elsewhere call_once is called with this lock in hand.
 *
 * Whoever comes second waits for the routine's end, and the routine would wait for the lock.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: once at first sets up
 *     wants: lock at set_up takes the lock < first sets up
 *   thread: second
 *     holds: lock at second takes the lock
 *     wants: once at second sets up
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <threads.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static once_flag once = ONCE_FLAG_INIT;
static atomic_int finished;

static void set_up(void)
{
	pthread_mutex_lock(&lock); /* set_up takes the lock */
	pthread_mutex_unlock(&lock);
}

static void *first(void *arg)
{
	call_once(&once, set_up); /* first sets up */
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes the lock */
	call_once(&once, set_up); /* second sets up */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
