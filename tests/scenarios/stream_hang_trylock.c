/* SPDX-License-Identifier: MIT */
/* A thread has locked a stream and waits for a mutex; another has the mutex and would like the stream, too.
 *
 * Twin of stream_hang.c: `second` does not insist.
 *
 * expect: clean
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	flockfile(stdout); /* first takes the stream */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&lock); /* first takes the lock */
	pthread_mutex_unlock(&lock);
	funlockfile(stdout);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&lock); /* second takes the lock */
	pthread_barrier_wait(&both_have_one);
	if (!ftrylockfile(stdout)) /* second takes the stream */
		funlockfile(stdout);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
