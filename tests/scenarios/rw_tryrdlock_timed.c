/* SPDX-License-Identifier: MIT */
/* Opposite orders of two read-write locks, where the inner one of one thread is only tried, to read.
 *
 * Twin of rw_timedrdlock.c: it does not wait at all.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <time.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_rwlock_wrlock(&a); /* first takes a */
	pthread_rwlock_wrlock(&b); /* first takes b */
	pthread_rwlock_unlock(&b);
	pthread_rwlock_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 10;
	pthread_rwlock_wrlock(&b); /* second takes b */
	pthread_rwlock_tryrdlock(&a); /* second takes a */
	pthread_rwlock_unlock(&a);
	pthread_rwlock_unlock(&b);
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
