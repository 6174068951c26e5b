/* SPDX-License-Identifier: MIT */
/* A process forks when another thread of it has released its lock.
 *
 * Twin of fork_held_hang.c: released, then forked.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_held, is_forked;

static void *holder(void *arg)
{
	pthread_mutex_lock(&lock); /* holder takes it */
	pthread_mutex_unlock(&lock);
	is_held = 1;
	while (!is_forked)
		sched_yield();
	return NULL;
}

int main(void)
{
	pthread_t thread;
	pid_t child;

	pthread_create(&thread, NULL, holder, NULL);
	while (!is_held)
		sched_yield();
	child = fork(); /* main forks */
	if (child == 0) {
		pthread_mutex_lock(&lock); /* child takes it */
		pthread_mutex_unlock(&lock);
		_exit(0);
	}
	is_forked = 1;
	waitpid(child, NULL, 0);
	pthread_join(thread, NULL);
	return 0;
}
