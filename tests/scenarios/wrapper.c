/* SPDX-License-Identifier: MIT */
/* A program locks through a function of its own, several times in each of two functions.
 *
 * What counts is who called it, not the one line in it that all calls share.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at in my_lock < first takes a
 *     wants: b at in my_lock < first takes b
 *   thread: second
 *     holds: b at in my_lock < second takes b
 *     wants: a at in my_lock < second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void my_lock(pthread_mutex_t *lock)
{
	if (pthread_mutex_lock(lock)) /* in my_lock */
		abort();
}

static void *first(void *arg)
{
	my_lock(&a); /* first takes a */
	my_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	my_lock(&b); /* second takes b */
	my_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
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
