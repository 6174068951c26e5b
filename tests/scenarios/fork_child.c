/* SPDX-License-Identifier: MIT */
/* A forked child starts two threads that take two locks in opposite orders; its parent does nothing of the kind.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

static void two_threads(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

int main(int argc, char **argv)
{
	pid_t child;
	int status;

	for (int i = 0; i < argc; i++)
		argv[i] = NULL; /* as servers do that put a title there */
	child = fork();

	if (child == 0) {
		two_threads();
		_exit(7);
	}
	waitpid(child, &status, 0);
	return WEXITSTATUS(status);
}
