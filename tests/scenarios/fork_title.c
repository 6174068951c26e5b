/* SPDX-License-Identifier: MIT */
/* A server puts a title in the place of its arguments, as nginx does, and forks a child that locks.
 *
 * The child's recording begins then, and must not look for the arguments where they were.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

int main(int argc, char **argv)
{
	int status;

	for (int i = 0; i < argc; i++)
		argv[i] = NULL;
	if (fork() == 0) {
		pthread_mutex_lock(&lock);
		pthread_mutex_unlock(&lock);
		_exit(0);
	}
	wait(&status);
	return status != 0;
}
