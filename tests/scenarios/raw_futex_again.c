/* SPDX-License-Identifier: MIT */
/* A thread takes two mutexes, wakes another from a futex to take them the other way round, and takes them again itself.
 *
 * What it did before was handed on; what it does afterwards meets the other.
 *
 * expect: lock-order-cycle possible error
 *   full: lock-order-cycle predicted error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include "asleep.h"

#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int sleeper, turned, has_finished;

static void hand_on(void)
{
	while (!sleeper)
		sched_yield();
	wait_until_asleep(sleeper, &turned, sizeof(turned));
	turned = 1;
	syscall(SYS_futex, &turned, FUTEX_WAKE_PRIVATE, 1);
}

static void *first(void *arg)
{
	for (int i = 0; i < 2; i++) {
		pthread_mutex_lock(&a); /* first takes a */
		pthread_mutex_lock(&b); /* first takes b */
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
		if (i == 0)
			hand_on();
	}
	has_finished = 1;
	return NULL;
}

static void *second(void *arg)
{
	sleeper = (int)syscall(SYS_gettid);
	while (!turned)
		syscall(SYS_futex, &turned, FUTEX_WAIT_PRIVATE, 0, NULL);
	while (!has_finished)
		sched_yield();
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
