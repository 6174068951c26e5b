/* SPDX-License-Identifier: MIT */
/* Two threads that a broadcast has woken write to a log, the mutex of their wait in hand; a third goes the other way.
 *
 * The mutex that a wait gives back is held again after it, and was taken there.
 *
 * expect: lock-order-cycle possible error
 *   thread: waiter
 *     holds: m at waits
 *     wants: log_lock at waiter writes
 *   thread: flusher
 *     holds: log_lock at flusher takes the log
 *     wants: m at flusher takes m
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition;
static atomic_int finished, n_waiting;
static int is_ready;

static void *waiter(void *arg)
{
	pthread_mutex_lock(&m);
	n_waiting++;
	while (!is_ready)
		pthread_cond_wait(&condition, &m); /* waits */
	pthread_mutex_lock(&log_lock); /* waiter writes */
	pthread_mutex_unlock(&log_lock);
	pthread_mutex_unlock(&m);
	finished++;
	return NULL;
}

static void *flusher(void *arg)
{
	pthread_mutex_lock(&log_lock); /* flusher takes the log */
	pthread_mutex_lock(&m); /* flusher takes m */
	pthread_mutex_unlock(&m);
	pthread_mutex_unlock(&log_lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two, three;

	pthread_cond_init(&condition, NULL);
	pthread_create(&one, NULL, waiter, NULL);
	pthread_create(&two, NULL, waiter, NULL);
	while (n_waiting < 2)
		sched_yield();
	pthread_mutex_lock(&m);
	is_ready = 1;
	pthread_cond_broadcast(&condition);
	pthread_mutex_unlock(&m);
	while (finished < 2)
		sched_yield();
	pthread_create(&three, NULL, flusher, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	pthread_join(three, NULL);
	pthread_cond_destroy(&condition);
	return 0;
}
