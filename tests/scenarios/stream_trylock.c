/* SPDX-License-Identifier: MIT */
/* A thread locks a stream and then a mutex; another has the mutex and only tries the stream.
 *
 * Twin of stream_lock.c: `second` does not wait for the stream.
 *
 * expect: clean
 * prints: one
 * prints: two
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	flockfile(stdout); /* first takes the stream */
	pthread_mutex_lock(&lock); /* first takes the lock */
	puts("one");
	pthread_mutex_unlock(&lock);
	funlockfile(stdout);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes the lock */
	ftrylockfile(stdout); /* second takes the stream */
	puts("two");
	funlockfile(stdout);
	pthread_mutex_unlock(&lock);
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
