/* SPDX-License-Identifier: MIT */
/* Main waits for a thread's end with the lock in its hand that the thread is waiting for.
 *
 * expect: join-cycle observed error
 *   thread: main
 *     holds: lock at main takes it
 *     wants: at main joins
 *   thread: worker
 *     wants: lock at worker takes it
 * hangs: yes
 */
#include <pthread.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* worker takes it */
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_mutex_lock(&lock); /* main takes it */
	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL); /* main joins */
	pthread_mutex_unlock(&lock);
	return 0;
}
