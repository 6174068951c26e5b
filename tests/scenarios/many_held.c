/* SPDX-License-Identifier: MIT */
/* A thread holds 130 locks at once; another takes the last of them and then the first.
 *
 * expect: lock-order-cycle possible error
 *   thread: collector
 *     holds: locks[0] at takes one more
 *     holds: locks[128] at takes one more
 *     wants: locks[129] at takes one more
 *   thread: other
 *     holds: locks[129] at other takes the last
 *     wants: locks[0] at other takes the first
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { N_LOCKS = 130 };

static pthread_mutex_t locks[N_LOCKS];
static atomic_int finished;

static void *collector(void *arg)
{
	for (int i = 0; i < N_LOCKS; i++)
		pthread_mutex_lock(&locks[i]); /* takes one more */
	for (int i = 0; i < N_LOCKS; i++)
		pthread_mutex_unlock(&locks[i]);
	finished++;
	return NULL;
}

static void *other(void *arg)
{
	pthread_mutex_lock(&locks[N_LOCKS - 1]); /* other takes the last */
	pthread_mutex_lock(&locks[0]); /* other takes the first */
	pthread_mutex_unlock(&locks[0]);
	pthread_mutex_unlock(&locks[N_LOCKS - 1]);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	for (int i = 0; i < N_LOCKS; i++)
		pthread_mutex_init(&locks[i], NULL);
	pthread_create(&one, NULL, collector, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, other, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
