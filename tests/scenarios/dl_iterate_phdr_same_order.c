/* SPDX-License-Identifier: MIT */
/* A call-back of dl_iterate_phdr takes two locks in the usual order.
 *
 * Twin of dl_iterate_phdr.c: the call-back takes a first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <link.h>

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

static int each(struct dl_phdr_info *library, size_t size, void *n)
{
	pthread_mutex_lock(&a); /* each takes a */
	pthread_mutex_lock(&b); /* each takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return ++*(int *)n == 2;
}

static void *second(void *arg)
{
	int n = 0;

	dl_iterate_phdr(each, &n); /* second looks at all libraries */
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
