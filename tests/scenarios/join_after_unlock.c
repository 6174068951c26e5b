/* SPDX-License-Identifier: MIT */
/* Main gives the lock back before it waits for the thread that takes it.
 *
 * Twin of join_while_holding_hang.c: unlock, then join.
 *
 * expect: clean
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* worker takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&thread, NULL, worker, NULL);
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL); /* main joins */
	return 0;
}
