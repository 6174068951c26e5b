/* SPDX-License-Identifier: MIT */
/* Main takes two locks in one order, then creates the thread that takes them in the other.
 *
 * Twin of create_early.c: the thread is born later, and so in every run.
 *
 * expect: lock-order-cycle ordered note
 *   thread: main
 *     holds: a at main takes a
 *     wants: b at main takes b
 *   thread: other
 *     holds: b at other takes b
 *     wants: a at other takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_free;

static void *other(void *arg)
{
	while (!is_free)
		sched_yield();
	pthread_mutex_lock(&b); /* other takes b */
	pthread_mutex_lock(&a); /* other takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_lock(&a); /* main takes a */
	pthread_mutex_lock(&b); /* main takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	pthread_create(&thread, NULL, other, NULL);
	is_free = 1;
	pthread_join(thread, NULL);
	return 0;
}
