/* SPDX-License-Identifier: MIT */
/* Main waits for a thread's end with a lock in its hand that the thread takes, too.
 *
 * The thread has done so already when main takes it, this time.
 *
 * expect: join-cycle possible error
 *   thread: main
 *     holds: lock at main takes it
 *     wants: at main joins
 *   thread: worker
 *     wants: lock at worker takes it
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
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_join(thread, NULL); /* main joins */
	pthread_mutex_unlock(&lock);
	return 0;
}
