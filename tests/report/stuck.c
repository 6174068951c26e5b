/* SPDX-License-Identifier: MIT */
/* A program for the tests of `snag run`: deadlocks, and does with SIGABRT and its own stopping what it is told.
 *
 *   stuck            two threads close a deadlock; main waits for them
 *   stuck ignore     the same, and SIGABRT does nothing
 *   stuck stop       no threads: prints "stopping", stops itself, prints "going on" when continued, exits with 5
 *   stuck term       no threads: prints "waiting", exits with 9 on SIGTERM
 */
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static pthread_mutex_t first = PTHREAD_MUTEX_INITIALIZER, second = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_hold_one;

static void *take(void *is_reversed)
{
	pthread_mutex_lock(is_reversed ? &second : &first);
	pthread_barrier_wait(&both_hold_one);
	pthread_mutex_lock(is_reversed ? &first : &second);
	return NULL;
}

static int deadlock(void)
{
	pthread_t threads[2];

	pthread_barrier_init(&both_hold_one, NULL, 2);
	pthread_create(&threads[0], NULL, take, NULL);
	pthread_create(&threads[1], NULL, take, &second);
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}

static int stop(void)
{
	puts("stopping");
	raise(SIGSTOP);
	puts("going on");
	return 5;
}

static void exit_with_nine(int signal)
{
	_exit(9);
}

static int wait_for_term(void)
{
	signal(SIGTERM, exit_with_nine);
	puts("waiting");
	for (;;)
		pause();
	return 0;
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (strcmp(what, "stop") == 0)
		return stop();
	if (strcmp(what, "term") == 0)
		return wait_for_term();
	if (strcmp(what, "ignore") == 0)
		signal(SIGABRT, SIG_IGN);
	return deadlock();
}
