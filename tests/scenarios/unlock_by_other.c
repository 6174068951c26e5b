/* SPDX-License-Identifier: MIT */
/* A thread unlocks a mutex that another thread has locked.
 *
 * It works here, and is undefined all the same.
 *
 * expect: unlock-not-owner observed error
 *   thread: other
 *   thread: main
 *     holds: lock at main takes it
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *other(void *arg)
{
	pthread_mutex_unlock(&lock); /* other gives it back */
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&thread, NULL, other, NULL);
	pthread_join(thread, NULL);
	return 0;
}
