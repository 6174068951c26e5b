/* SPDX-License-Identifier: MIT */
/* A consumer waits for a condition with an outer lock in its hand, and the producer waits for that lock.
 *
 * No circle closes here: that nobody is left to go on is seen from outside.
 *
 * expect: nested-monitor observed error
 *   thread: consumer
 *     holds: outer at consumer takes the outer one
 *     wants: filled at consumer waits
 *   thread: producer
 *     wants: outer at producer takes the outer one
 * hangs: yes
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER, m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t filled = PTHREAD_COND_INITIALIZER;
static atomic_bool is_waiting;
static bool is_filled;

static void *consumer(void *arg)
{
	pthread_mutex_lock(&outer); /* consumer takes the outer one */
	pthread_mutex_lock(&m);
	is_waiting = true;
	while (!is_filled)
		pthread_cond_wait(&filled, &m); /* consumer waits */
	pthread_mutex_unlock(&m);
	pthread_mutex_unlock(&outer);
	return NULL;
}

static void *producer(void *arg)
{
	while (!is_waiting)
		sched_yield();
	pthread_mutex_lock(&outer); /* producer takes the outer one */
	pthread_mutex_lock(&m);
	is_filled = true;
	pthread_cond_signal(&filled);
	pthread_mutex_unlock(&m);
	pthread_mutex_unlock(&outer);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, consumer, NULL);
	pthread_create(&two, NULL, producer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
