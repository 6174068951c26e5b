/* SPDX-License-Identifier: MIT */
/* A thread returns from its start routine with a lock in its hand.
 *
 * Nobody wants the lock any more, so nothing comes of it this time.
 *
 * expect: exit-held observed warning
 *   thread: careless
 *     holds: lock at takes it
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *careless(void *arg)
{
	pthread_mutex_lock(&lock); /* takes it */
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	return 0;
}
