/* SPDX-License-Identifier: MIT */
/* A process forks while another thread of it has a lock in its hand; the child waits for that lock for ever.
 *
 * The thread that would release the lock is not in the child.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: lock at child takes it
 *   thread:
 *     holds: lock at holder takes it
 * expect: fork-held observed warning
 *   thread: main
 *     wants: lock at main forks
 *   thread:
 *     holds: lock at holder takes it
 * hangs: yes
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
		pthread_mutex_lock(&lock); /* child takes it */
		pthread_mutex_unlock(&lock);
		_exit(0);
	}
	is_forked = 1;
	waitpid(child, NULL, 0);
	pthread_join(thread, NULL);
	return 0;
}
