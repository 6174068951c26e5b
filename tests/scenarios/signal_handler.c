/* SPDX-License-Identifier: MIT */
/* A signal handler takes a lock, in a thread that holds another one; a second thread takes the two in reverse.
 *
 * expect: lock-order-cycle possible error
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 *   thread: main
 *     holds: a at main takes a
 *     wants: b at handler takes b
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <signal.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void handler(int signal)
{
	(void)signal;
	pthread_mutex_lock(&b); /* handler takes b */
	pthread_mutex_unlock(&b);
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t two;

	pthread_create(&two, NULL, second, NULL);
	while (!finished)
		sched_yield();
	signal(SIGUSR1, handler);
	pthread_mutex_lock(&a); /* main takes a */
	raise(SIGUSR1);
	pthread_mutex_unlock(&a);
	pthread_join(two, NULL);
	return 0;
}
