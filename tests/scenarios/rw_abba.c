/* SPDX-License-Identifier: MIT */
/* Two threads hold one read-write lock each for reading and want the other's for writing.
 *
 * expect: lock-order-cycle possible error
 *   full: lock-order-cycle predicted error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
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
	pthread_rwlock_wrlock(&a); /* second takes a */
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
