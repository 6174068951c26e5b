/* SPDX-License-Identifier: MIT */
/* Handlers around fork() take a lock and give it back, but not in the child, which sleeps with it in its hand.
 *
 * expect: held-while-blocking observed warning
 *   thread: main
 *     holds: lock at fork takes it < main forks
 *     wants: lock at child sleeps
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER, other = PTHREAD_MUTEX_INITIALIZER;
static volatile int n_forks;

static void before_fork(void)
{
	pthread_mutex_lock(&lock); /* fork takes it */
	n_forks++;
}

static void in_parent(void)
{
	pthread_mutex_unlock(&lock);
}

static void in_child(void)
{
}

int main(void)
{
	pid_t child;

	pthread_atfork(before_fork, in_parent, in_child);
	child = fork(); /* main forks */
	if (child == 0) {
		pthread_mutex_lock(&other); /* child takes another */
		pthread_mutex_unlock(&other);
		usleep(200000); /* child sleeps */
		_exit(0);
	}
	waitpid(child, NULL, 0);
	return 0;
}
