/* SPDX-License-Identifier: MIT */
/* A counter is changed under a lock before there is a handler that takes the lock, too.
 *
 * Twin of signal_in_section.c: changed, then the handler set.
 *
 * expect: clean
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

	change();
	signal(SIGALRM, handler);
	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!has_come)
		sigsuspend(&none);
	return 0;
}
