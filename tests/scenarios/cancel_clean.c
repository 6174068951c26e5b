/* SPDX-License-Identifier: MIT */
/* A thread is cancelled while it waits on a condition, and gives the mutex back in its clean-up handler.
 *
 * Twin of cancel_held.c: the handler unlocks.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int has_begun, was_cancelled;

static void clean_up(void *arg)
{
	was_cancelled = pthread_mutex_unlock(&lock) == 0;
}

static void *waiter(void *arg)
{
	pthread_cleanup_push(clean_up, NULL);
	pthread_mutex_lock(&lock);
	has_begun = 1;
	for (;;)
		pthread_cond_wait(&condition, &lock); /* waits */
	pthread_cleanup_pop(0);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, waiter, NULL);
	while (!has_begun)
		sched_yield();
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	pthread_cancel(thread);
	pthread_join(thread, NULL);
	return !was_cancelled;
}
