/* SPDX-License-Identifier: MIT */
/* A program without fault says something and returns 7, and so does Snag.
 *
 * Twin of exit_status.c: `second` takes a first.
 *
 * expect: clean
 * exit: 7
 * prints: one
 * prints: two
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

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

	puts("one");
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	puts("two");
	return 7;
}
