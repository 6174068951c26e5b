/* SPDX-License-Identifier: MIT */
/* Takes and releases a lock many times, while a handler of signals that come all the time takes two others: `interrupted PAIRS`.
 * Says how often the handler ran.
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/time.h>

enum { INTERVAL_US = 20 };

static pthread_mutex_t busy = PTHREAD_MUTEX_INITIALIZER, a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static volatile long n_handled, is_over;

/* Once, so that a handler that takes long leaves time for the program. */
static void ask_for_signal(void)
{
	const struct itimerval timer = {.it_value.tv_usec = INTERVAL_US};

	setitimer(ITIMER_REAL, &timer, NULL);
}

static void handle(int number)
{
	n_handled++;
	pthread_mutex_lock(&a);
	pthread_mutex_lock(&b);
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	if (!is_over)
		ask_for_signal();
}

int main(int argc, char **argv)
{
	const struct sigaction action = {.sa_handler = handle};

	sigaction(SIGALRM, &action, NULL);
	ask_for_signal();
	for (int i = argc > 1 ? atoi(argv[1]) : 0; i > 0; i--) {
		pthread_mutex_lock(&busy);
		pthread_mutex_unlock(&busy);
	}
	is_over = 1;
	printf("%ld\n", n_handled);
	return 0;
}
