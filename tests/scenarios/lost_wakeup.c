/* SPDX-License-Identifier: MIT */
/* A consumer waits for a signal that came before it, and does not look whether there is still something to wait for.
 *
 * No circle closes here: that nobody is left to go on is seen from outside.
 *
 * expect: lost-wakeup observed error
 *   thread: consumer
 *     wants: filled at consumer waits
 *   thread: producer
 *     holds: m at producer takes it
 *     wants: filled at producer signals
 * hangs: yes
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static atomic_bool has_signalled;
static bool is_filled;

static void *consumer(void *arg)
{
	while (!has_signalled)
		sched_yield();
	pthread_mutex_lock(&m);
	pthread_cond_wait(&filled, &m); /* consumer waits */
	pthread_mutex_unlock(&m);
	return NULL;
}

static void *producer(void *arg)
{
	pthread_mutex_lock(&m); /* producer takes it */
	is_filled = true;
	pthread_cond_signal(&filled); /* producer signals */
	pthread_mutex_unlock(&m);
	has_signalled = true;
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, consumer, NULL);
	pthread_create(&two, NULL, producer, NULL);
	pthread_join(two, NULL);
	pthread_join(one, NULL);
	return 0;
}
