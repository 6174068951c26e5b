/* SPDX-License-Identifier: MIT */
/* Main waits for a thread's end, then takes the lock that the thread took, too.
 *
 * Twin of join_while_holding.c: join, then lock.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* worker takes it */
	pthread_mutex_unlock(&lock);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, worker, NULL);
	while (!finished)
		sched_yield();
	pthread_join(thread, NULL); /* main joins */
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_mutex_unlock(&lock);
	return 0;
}
