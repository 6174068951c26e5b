/* SPDX-License-Identifier: MIT */
/* A thread unlocks the mutex that it has locked.
 *
 * Twin of unlock_by_other.c: main gives the lock back.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *other(void *arg)
{
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&thread, NULL, other, NULL);
	pthread_join(thread, NULL);
	pthread_mutex_unlock(&lock);
	return 0;
}
