/* SPDX-License-Identifier: MIT */
/* A thread gives a second lock back before it waits on a condition, and takes only the mutex when it wakes up.
 *
 * Twin of cond_reacquire.c: the unlock comes before the wait.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t other = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static atomic_int finished, is_waiting;
static int is_ready;

static void *first(void *arg)
{
	pthread_mutex_lock(&m); /* first takes m */
	pthread_mutex_lock(&other); /* first takes the other */
	pthread_mutex_unlock(&other);
	pthread_mutex_unlock(&m);
	finished++;
	return NULL;
}

static void *waiter(void *arg)
{
	pthread_mutex_lock(&m);
	pthread_mutex_lock(&other); /* waiter takes the other */
	pthread_mutex_unlock(&other);
	is_waiting = 1;
	while (!is_ready)
		pthread_cond_wait(&condition, &m); /* waiter wakes up */
	pthread_mutex_unlock(&m);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, waiter, NULL);
	while (!is_waiting)
		sched_yield();
	pthread_mutex_lock(&m);
	is_ready = 1;
	pthread_cond_signal(&condition);
	pthread_mutex_unlock(&m);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
