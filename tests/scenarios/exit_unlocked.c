/* SPDX-License-Identifier: MIT */
/* A thread gives its lock back before it returns from its start routine.
 *
 * Twin of exit_held.c: the unlock is there.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *careless(void *arg)
{
	pthread_mutex_lock(&lock); /* takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	return 0;
}
