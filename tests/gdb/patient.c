/* SPDX-License-Identifier: MIT */
/* Threads that wait, sleep, run and try for a limited time; nothing of it is a deadlock.
 *
 * Two of them wait for each other's locks, but only until a time: that ends by itself.
 *
 * expect: clean
 *   thread: holder
 *     sleeps: read
 *     holds: taken
 *   thread: waiter
 *     wants: taken
 *   thread: sleeper
 *     sleeps: nanosleep
 *   thread: consumer
 *     wants: queue.is_filled
 *   thread: timed1
 *     wants: left
 *   thread: timed2
 *     wants: right
 *   thread: spinner
 *     runs: yes
 */
#include <time.h>

#include "stage.h"

static struct {
	pthread_mutex_t lock;
	pthread_cond_t is_filled;
	int n;
} queue = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_COND_INITIALIZER, 0};
static pthread_mutex_t taken = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t left = PTHREAD_MUTEX_INITIALIZER, right = PTHREAD_MUTEX_INITIALIZER;
static int never[2];

static void *holder(void *arg)
{
	char byte;

	stage_name("holder");
	pthread_mutex_lock(&taken);
	stage_meet();
	if (read(never[0], &byte, 1) < 0)
		_exit(1);
	return NULL;
}

static void *waiter(void *arg)
{
	stage_name("waiter");
	stage_meet();
	pthread_mutex_lock(&taken);
	return NULL;
}

static void *sleeper(void *arg)
{
	stage_name("sleeper");
	stage_meet();
	nanosleep(&(struct timespec){.tv_sec = 3600}, NULL);
	return NULL;
}

static void *consumer(void *arg)
{
	stage_name("consumer");
	stage_meet();
	pthread_mutex_lock(&queue.lock);
	while (!queue.n)
		pthread_cond_wait(&queue.is_filled, &queue.lock);
	return NULL;
}

static void take_both(const char *name, pthread_mutex_t *own, pthread_mutex_t *other)
{
	struct timespec until;

	stage_name(name);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += 3600;
	pthread_mutex_lock(own);
	stage_meet();
	pthread_mutex_timedlock(other, &until);
}

static void *timed1(void *arg)
{
	take_both("timed1", &right, &left);
	return NULL;
}

static void *timed2(void *arg)
{
	take_both("timed2", &left, &right);
	return NULL;
}

int main(void)
{
	void *(*const starts[])(void *) = {holder, waiter, sleeper, consumer, timed1, timed2};
	pthread_t thread;

	stage_open(7);
	stage_lock("taken", &taken);
	stage_lock("queue.is_filled", &queue.is_filled);
	stage_lock("left", &left);
	stage_lock("right", &right);
	if (pipe(never) < 0)
		return 1;
	for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++)
		pthread_create(&thread, NULL, starts[i], NULL);
	stage_meet();
	stage_name("spinner");
	for (volatile unsigned long n = 0;; n++)
		;
}
