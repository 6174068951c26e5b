/* SPDX-License-Identifier: MIT */
/* A thread ends deep inside a function, by pthread_exit, with empty hands.
 *
 * Twin of pthread_exit_held.c: it gives up after the unlock.
 *
 * expect: clean
 */
#include <pthread.h>
#include <stddef.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void give_up(void)
{
	pthread_exit(NULL);
}

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* takes it */
	pthread_mutex_unlock(&lock);
	give_up();
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	return 0;
}
