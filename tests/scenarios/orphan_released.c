/* SPDX-License-Identifier: MIT */
/* A thread gives its lock back before it ends; main takes it then.
 *
 * Twin of orphan_hang.c: the unlock is there.
 *
 * expect: clean
 * run: --timeout 30
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *careless(void *arg)
{
	pthread_mutex_lock(&lock); /* careless takes it */
	pthread_mutex_unlock(&lock);
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
