/* SPDX-License-Identifier: MIT */
/* A signal handler takes the lock that the thread it interrupts has in its hand.
 *
 * expect: signal-handler observed error
 *   thread: main
 *     holds: lock at main takes it
 *     wants: lock at handler takes it
 * hangs: yes
 */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void handler(int signal)
{
	(void)signal;
	pthread_mutex_lock(&lock); /* handler takes it */
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	signal(SIGUSR1, handler);
	pthread_mutex_lock(&lock); /* main takes it */
	raise(SIGUSR1);
	pthread_mutex_unlock(&lock);
	return 0;
}
