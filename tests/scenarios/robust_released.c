/* SPDX-License-Identifier: MIT */
/* A thread gives a robust mutex back before it ends; there is nothing to mend.
 *
 * Twin of robust_abandoned.c: the unlock is there.
 *
 * expect: clean
 */
#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t lock;

static void *careless(void *arg)
{
	pthread_mutex_lock(&lock); /* careless takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_mutexattr_t robust;
	pthread_t thread;

	pthread_mutexattr_init(&robust);
	pthread_mutexattr_setrobust(&robust, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&lock, &robust);
	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	if (pthread_mutex_lock(&lock) == EOWNERDEAD && pthread_mutex_consistent(&lock) == 0)
		puts("mended");
	pthread_mutex_unlock(&lock);
	return 0;
}
