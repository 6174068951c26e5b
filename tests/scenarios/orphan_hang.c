/* SPDX-License-Identifier: MIT */
/* A thread has ended with a lock in its hand, and main waits for that lock for ever.
 *
 * No circle closes here: that nobody is left to go on is seen from outside.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: lock at main takes it
 *   thread: careless
 *     holds: lock at careless takes it
 * expect: exit-held observed warning
 *   thread: careless
 *     holds: lock at careless takes it
 * hangs: yes
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *careless(void *arg)
{
	pthread_mutex_lock(&lock); /* careless takes it */
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_mutex_unlock(&lock);
	return 0;
}
