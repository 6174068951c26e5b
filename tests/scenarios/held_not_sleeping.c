/* SPDX-License-Identifier: MIT */
/* A thread gives its lock back before it sleeps.
 *
 * Twin of held_while_sleeping.c: released, then slept.
 *
 * expect: clean
 */
#include <poll.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

/* All of this is short, or without the lock. */
static void rest(void)
{
	const struct timespec short_time = {0, 1000};
	struct timeval no_time = {0, 0};

	pthread_mutex_lock(&lock);
	nanosleep(&short_time, NULL);
	clock_nanosleep(CLOCK_MONOTONIC, 0, &short_time, NULL);
	select(0, NULL, NULL, NULL, &no_time);
	pselect(0, NULL, NULL, NULL, &short_time, NULL);
	ppoll(NULL, 0, &short_time, NULL);
	epoll_wait(-1, NULL, 0, 0);
	epoll_pwait(-1, NULL, 0, 0, NULL);
	sleep(0);
	pthread_mutex_unlock(&lock);
	poll(NULL, 0, 120);
}

int main(void)
{
	rest();
	pthread_mutex_lock(&lock); /* main takes it */
	pthread_mutex_unlock(&lock);
	usleep(200000); /* main sleeps */
	return 0;
}
