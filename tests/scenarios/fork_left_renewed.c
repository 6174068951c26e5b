/* SPDX-License-Identifier: MIT */
/* Handlers around fork() take a lock and give it back; in the child it is made anew instead, as jemalloc does with its locks.
 *
 * Twin of fork_left_held.c: nobody has a lock that is new.
 *
 * expect: clean
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
	pthread_mutex_init(&lock, NULL);
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
