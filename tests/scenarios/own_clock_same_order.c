/* SPDX-License-Identifier: MIT */
/* A thread asks for the time under a lock of its own, and the clock has a lock too; main takes the two in the same order.
 *
 * expect: clean
 */
#include "lib_clock.h"

#include <sched.h>
#include <stdatomic.h>

enum { HAS_WAITERS = 2 };

static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *logger(void *arg)
{
	struct timespec now;

	pthread_mutex_lock(&log_lock);
	clock_gettime(CLOCK_MONOTONIC, &now);
	pthread_mutex_unlock(&log_lock);
	finished++;
	return NULL;
}

static void *waiter(void *arg)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, logger, NULL);
	while (!finished)
		sched_yield();
	pthread_mutex_lock(&log_lock);
	pthread_mutex_lock(&clock_lock);
	pthread_create(&two, NULL, waiter, NULL);
	while (__atomic_load_n(&clock_lock.__data.__lock, __ATOMIC_RELAXED) != HAS_WAITERS)
		sched_yield();
	pthread_mutex_unlock(&log_lock);
	pthread_mutex_unlock(&clock_lock);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
