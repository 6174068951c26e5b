/* SPDX-License-Identifier: MIT */
/* A thread takes two locks after the end of a thread of its own that has taken them in the opposite order.
 *
 * Twin of nested_create.c: the join comes first.
 *
 * expect: lock-order-cycle ordered note
 *   thread: child
 *     holds: b at child takes b
 *     wants: a at child takes a
 *   thread: parent
 *     holds: a at parent takes a
 *     wants: b at parent takes b
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *child(void *arg)
{
	pthread_mutex_lock(&b); /* child takes b */
	pthread_mutex_lock(&a); /* child takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

static void *parent(void *arg)
{
	pthread_t thread;

	pthread_create(&thread, NULL, child, NULL);
	while (!finished)
		sched_yield();
	pthread_join(thread, NULL);
	pthread_mutex_lock(&a); /* parent takes a */
	pthread_mutex_lock(&b); /* parent takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, parent, NULL);
	pthread_join(thread, NULL);
	return 0;
}
