/* SPDX-License-Identifier: MIT */
/* Main waits with a lock in its hand for what a handler posts; the other thread takes that lock before it sends itself the signal.
 *
 * expect: nested-monitor possible warning
 *   thread: main
 *     holds: lock at main takes it
 *     wants: stopped at main waits
 *   thread: worker
 *     wants: lock at worker takes it
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool has_taken, is_waiting;
static sem_t stopped;

static void handler(int signal)
{
	(void)signal;
	sem_post(&stopped); /* handler posts */
}

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* worker takes it */
	pthread_mutex_unlock(&lock);
	has_taken = true;
	while (!is_waiting)
		sched_yield();
	raise(SIGUSR1);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	sem_init(&stopped, 0, 0);
	signal(SIGUSR1, handler);
	pthread_create(&thread, NULL, worker, NULL);
	while (!has_taken)
		sched_yield();
	pthread_mutex_lock(&lock); /* main takes it */
	is_waiting = true;
	sem_wait(&stopped); /* main waits */
	pthread_mutex_unlock(&lock);
	pthread_join(thread, NULL);
	return 0;
}
