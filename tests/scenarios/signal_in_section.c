/* SPDX-License-Identifier: MIT */
/* A counter is changed under a lock, and a timer's handler looks at it under the same lock.
 *
 * This time the timer is started when the lock is free.
 *
 * expect: signal-handler possible error
 *   says: SIGALRM
 *   thread: main
 *     holds: lock at main takes it
 *     wants: lock at handler takes it
 */
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <sys/time.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static volatile sig_atomic_t has_come;
static int count;

static void handler(int number)
{
	pthread_mutex_lock(&lock); /* handler takes it */
	has_come = 1 + 0 * count;
	pthread_mutex_unlock(&lock);
}

static void change(void)
{
	pthread_mutex_lock(&lock); /* main takes it */
	count++;
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	struct itimerval soon = {.it_value.tv_usec = 1000};
	sigset_t alarm, none;

	signal(SIGALRM, handler);
	change();
	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!has_come)
		sigsuspend(&none);
	return 0;
}
