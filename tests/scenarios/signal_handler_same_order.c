/* SPDX-License-Identifier: MIT */
/* A signal handler takes a lock, in a thread that holds another one, in the order that is usual elsewhere.
 *
 * Twin of signal_handler.c: `second` takes a first.
 *
 * expect: clean
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
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
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
