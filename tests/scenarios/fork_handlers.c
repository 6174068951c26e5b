/* SPDX-License-Identifier: MIT */
/* A handler around fork() takes the two locks of a malloc; a thread has taken them the other way round.
 *
 * The malloc registers its handlers when it is first called, and its locks are the forking thread's like any other:
 * they are held over the fork, and released in the parent and in the child.
 *
 * expect: lock-order-cycle possible error
 *   thread: main
 *     holds: heap_lock at fork takes the heap < main forks
 *     wants: cache_lock at fork takes the cache < main forks
 *   thread: collector
 *     holds: cache_lock at collector takes the cache
 *     wants: heap_lock at collector takes the heap
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
	pthread_mutex_lock(&cache_lock); /* collector takes the cache */
	pthread_mutex_lock(&heap_lock); /* collector takes the heap */
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
	if (fork() == 0) /* main forks */
		_exit(pthread_mutex_trylock(&heap_lock));
	wait(&status);
	printf("child %d\n", status);
	pthread_join(thread, NULL);
	return 0;
}
