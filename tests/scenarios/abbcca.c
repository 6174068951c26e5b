/* SPDX-License-Identifier: MIT */
/* Three threads take three locks pairwise; only all three together close the circle.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: c at second takes c
 *   thread: third
 *     holds: c at third takes c
 *     wants: a at third takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&c); /* second takes c */
	pthread_mutex_unlock(&c);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

static void *third(void *arg)
{
	pthread_mutex_lock(&c); /* third takes c */
	pthread_mutex_lock(&a); /* third takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&c);
	finished++;
	return NULL;
}

int main(void)
{
	void *(*const parts[])(void *) = {first, second, third};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++) {
		pthread_create(&threads[i], NULL, parts[i], NULL);
		while (finished <= i)
			sched_yield();
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
