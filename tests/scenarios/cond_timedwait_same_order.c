/* SPDX-License-Identifier: MIT */
/* A thread waits on a condition for a short time, with a second lock in its hand that always comes first.
 *
 * Twin of cond_timedwait.c: the other lock, then the mutex, in both threads.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&other); /* first takes the other */
	pthread_mutex_lock(&m); /* first takes m */
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&m);
	finished++;
	return NULL;
}

static void *waiter(void *arg)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	pthread_mutex_lock(&other); /* waiter takes the other */
	pthread_mutex_lock(&m); /* waiter takes m */
	pthread_cond_timedwait(&condition, &m, &until); /* waiter goes on */
	pthread_mutex_unlock(&m);
	pthread_mutex_unlock(&other);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, waiter, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
