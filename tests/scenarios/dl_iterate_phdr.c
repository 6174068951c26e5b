/* SPDX-License-Identifier: MIT */
/* A call-back of dl_iterate_phdr takes two locks; another thread takes them in reverse.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at each takes b < second looks at all libraries
 *     wants: a at each takes a < second looks at all libraries
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
	pthread_mutex_lock(&b); /* each takes b */
	pthread_mutex_lock(&a); /* each takes a */
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
