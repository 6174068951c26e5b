/* SPDX-License-Identifier: MIT */
/* Two threads hold one read-write lock each for reading; one of them wants the other's for reading only.
 *
 * Twin of rw_abba.c: readers do not wait for readers.
 *
 * expect: clean
 * full: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_rwlock_rdlock(&a); /* first takes a */
	pthread_rwlock_wrlock(&b); /* first takes b */
	pthread_rwlock_unlock(&b);
	pthread_rwlock_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_rwlock_rdlock(&b); /* second takes b */
	pthread_rwlock_rdlock(&a); /* second takes a */
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
