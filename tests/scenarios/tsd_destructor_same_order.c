/* SPDX-License-Identifier: MIT */
/* A destructor of thread-specific data takes two locks when its thread has returned, in the usual order.
 *
 * Twin of tsd_destructor.c: the destructor takes a first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_key_t key;
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

static void destructor(void *value)
{
	pthread_mutex_lock(&a); /* destructor takes a */
	pthread_mutex_lock(&b); /* destructor takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
}

static void *second(void *arg)
{
	pthread_setspecific(key, &key);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_key_create(&key, destructor);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
