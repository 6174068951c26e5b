/* SPDX-License-Identifier: MIT */
/* A worker changes a counter under a lock that a timer's handler takes, too; which thread the signal comes to is open.
 *
 * This time it comes to the main thread, which never takes the lock but in the handler.
 *
 * expect: signal-handler possible warning
 *   says: another thread
 *   thread: worker
 *     holds: lock at worker takes it
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

static void *worker(void *arg)
{
	pthread_mutex_lock(&lock); /* worker takes it */
	count++;
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	struct itimerval soon = {.it_value.tv_usec = 1000};
	sigset_t alarm, none;
	pthread_t thread;

	sigemptyset(&none);
	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &(struct sigaction){.sa_handler = handler}, NULL);
	pthread_create(&thread, NULL, worker, NULL);
	pthread_join(thread, NULL);
	sigprocmask(SIG_BLOCK, &alarm, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (!has_come)
		sigsuspend(&none);
	return 0;
}
