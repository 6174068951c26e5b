/* SPDX-License-Identifier: MIT */
/* A thread comes to a barrier without the lock that the other takes on its way there.
 *
 * Twin of barrier_held.c: waited, then locked.
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
	pthread_barrier_wait(&meeting); /* first waits */
	pthread_mutex_lock(&lock); /* first takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes it */
	pthread_mutex_unlock(&lock);
	has_released++;
	pthread_barrier_wait(&meeting);
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
