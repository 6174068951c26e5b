/* SPDX-License-Identifier: MIT */
/* A program is killed by SIGKILL after it has taken two locks in one order.
 *
 * Twin of killed.c: `second` takes a first.
 *
 * expect: clean
 * full: clean
 * exit: 137
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
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
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (finished < 1)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	while (finished < 2)
		sched_yield();
	raise(SIGKILL);
	return 0;
}
