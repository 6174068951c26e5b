/* SPDX-License-Identifier: MIT */
/* A forked child hangs in its threads' locks; its parent waits for it and ends as the child did.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (pthread_mutex_lock(&a) == 0) /* second takes a */
		pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

static void two_threads(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
}

int main(void)
{
	pid_t child = fork();
	int status;

	if (child == 0) {
		two_threads();
		_exit(0);
	}
	waitpid(child, &status, 0);
	if (WIFSIGNALED(status))
		raise(WTERMSIG(status));
	return 0;
}
