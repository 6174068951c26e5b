/* SPDX-License-Identifier: MIT */
/* A constructor starts a thread before main does anything; the thread and main take two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: main
 *     holds: b at main takes b
 *     wants: a at main takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;
static pthread_t early;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

__attribute__((constructor)) static void before_main(void)
{
	pthread_create(&early, NULL, first, NULL);
	while (!finished)
		sched_yield();
}

int main(void)
{
	pthread_mutex_lock(&b); /* main takes b */
	pthread_mutex_lock(&a); /* main takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	pthread_join(early, NULL);
	return 0;
}
