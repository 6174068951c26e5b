/* SPDX-License-Identifier: MIT */
/* A routine that runs once takes a lock; elsewhere pthread_once is called with this lock in hand.
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

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t once = PTHREAD_ONCE_INIT;
static atomic_int finished;

static void set_up(void)
{
	pthread_mutex_lock(&lock); /* set_up takes the lock */
	pthread_mutex_unlock(&lock);
}

static void *first(void *arg)
{
	pthread_once(&once, set_up); /* first sets up */
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes the lock */
	pthread_once(&once, set_up); /* second sets up */
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
