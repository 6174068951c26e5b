/* SPDX-License-Identifier: MIT */
/* Three threads in a row, of which the one in the middle lets the first go instead of joining it.
 *
 * Main joins the middle one and then starts the last, but nothing says that the first is over by then.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: last
 *     holds: b at last takes b
 *     wants: a at last takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

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

static void *middle(void *arg)
{
	pthread_t *one = arg;

	while (!finished)
		sched_yield();
	pthread_detach(*one);
	return NULL;
}

static void *last(void *arg)
{
	pthread_mutex_lock(&b); /* last takes b */
	pthread_mutex_lock(&a); /* last takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two, three;

	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, middle, &one);
	pthread_join(two, NULL);
	pthread_create(&three, NULL, last, NULL);
	pthread_join(three, NULL);
	return 0;
}
