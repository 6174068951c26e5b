/* SPDX-License-Identifier: MIT */
/* A process forks while another thread of it has a lock in its hand; the child makes the lock anew.
 *
 * Twin of fork_held.c: initialised before it is used.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static atomic_int is_held, is_forked;

static void *holder(void *arg)
{
	pthread_mutex_lock(&lock); /* holder takes it */
	is_held = 1;
	while (!is_forked)
		sched_yield();
	pthread_mutex_unlock(&lock);
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
		pthread_mutex_init(&lock, NULL);
		pthread_mutex_lock(&other); /* child takes another */
		pthread_mutex_unlock(&other);
		_exit(0);
	}
	is_forked = 1;
	waitpid(child, NULL, 0);
	pthread_join(thread, NULL);
	return 0;
}
