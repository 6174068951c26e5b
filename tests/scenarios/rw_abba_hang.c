/* SPDX-License-Identifier: MIT */
/* Two threads read under one read-write lock each, and meet before each asks to write under the other's.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 */
#include <pthread.h>

static pthread_rwlock_t a = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t b = PTHREAD_RWLOCK_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	pthread_rwlock_rdlock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	pthread_rwlock_wrlock(&b); /* first takes b */
	pthread_rwlock_unlock(&b);
	pthread_rwlock_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	pthread_rwlock_rdlock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	pthread_rwlock_wrlock(&a); /* second takes a */
	pthread_rwlock_unlock(&a);
	pthread_rwlock_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
