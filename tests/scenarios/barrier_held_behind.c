/* SPDX-License-Identifier: MIT */
/* A thread waits at a barrier with a lock in its hand, and the other one takes the lock when it is past the barrier.
 *
 * Twin of barrier_held.c: the other waits, then locks.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t meeting;
static atomic_int has_released;

static void *first(void *arg)
{
	while (!has_released)
		sched_yield();
	pthread_mutex_lock(&lock); /* first takes it */
	pthread_barrier_wait(&meeting); /* first waits */
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *second(void *arg)
{
	has_released++;
	pthread_barrier_wait(&meeting);
	pthread_mutex_lock(&lock); /* second takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&meeting, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
