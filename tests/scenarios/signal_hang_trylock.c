/* SPDX-License-Identifier: MIT */
/* A signal handler would like the lock that the thread it interrupts has in its hand.
 *
 * Twin of signal_hang.c: it does not insist.
 *
 * expect: clean
 */
#include <pthread.h>
#include <signal.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void handler(int signal)
{
	(void)signal;
	if (!pthread_mutex_trylock(&lock)) /* handler takes it */
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
