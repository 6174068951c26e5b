/* SPDX-License-Identifier: MIT */
/* Two threads meet with a recursive mutex each in their hands, each wanting the other's.
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

static pthread_mutex_t a, b;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (pthread_mutex_lock(&a) == 0) /* second takes a */
		pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;
	pthread_mutexattr_t attributes;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_RECURSIVE);
	pthread_mutex_init(&a, &attributes);
	pthread_mutex_init(&b, &attributes);
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
