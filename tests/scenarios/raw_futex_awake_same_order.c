/* SPDX-License-Identifier: MIT */
/* A thread takes two mutexes, wakes others than the one that sleeps at a futex, and raises it; the sleeper is interrupted by a
 * signal, finds it raised when it is to sleep again, and takes the mutexes, too.
 *
 * Twin of raw_futex_awake.c: `second` takes a first.
 *
 * expect: clean
 */
#include "asleep.h"

#include <linux/futex.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int sleeper, turned;
static pthread_t one, two;

static void nothing(int signal)
{
}

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	while (!sleeper)
		sched_yield();
	wait_until_asleep(sleeper, &turned, sizeof(turned));
	syscall(SYS_futex, &turned, FUTEX_WAKE_BITSET_PRIVATE, 1, NULL, NULL, 2);
	turned = 1;
	pthread_kill(two, SIGUSR1);
	return NULL;
}

static void *second(void *arg)
{
	sleeper = (int)syscall(SYS_gettid);
	syscall(SYS_futex, &turned, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1);
	syscall(SYS_futex, &turned, FUTEX_WAIT_BITSET_PRIVATE, 0, NULL, NULL, 1);
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	sigaction(SIGUSR1, &(struct sigaction){.sa_handler = nothing}, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_create(&one, NULL, first, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
