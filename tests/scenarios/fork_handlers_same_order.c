/* SPDX-License-Identifier: MIT */
/* A handler around fork() takes the two locks of a malloc, in the order in which a thread takes them.
 *
 * expect: clean
 * prints: child 0
 */
#include "lib_malloc.h"

#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static atomic_int finished;

static void *collector(void *arg)
{
	pthread_mutex_lock(&heap_lock);
	pthread_mutex_lock(&cache_lock);
	pthread_mutex_unlock(&heap_lock);
	pthread_mutex_unlock(&cache_lock);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t thread;
	int status;

	pthread_create(&thread, NULL, collector, NULL);
	while (!finished)
		sched_yield();
	if (fork() == 0)
		_exit(pthread_mutex_trylock(&heap_lock));
	wait(&status);
	printf("child %d\n", status);
	pthread_join(thread, NULL);
	return 0;
}
