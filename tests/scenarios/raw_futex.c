/* SPDX-License-Identifier: MIT */
/* Main sleeps at a futex of its own until its first thread is done; the threads take two mutexes in opposite orders.
 *
 * Nothing can happen, as long as it is woken only then.  That is not to be seen from outside, so it is a warning.
 *
 * expect: lock-order-cycle possible warning
 *   says: hands on to the other
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
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	wait_until_asleep(getpid(), &finished, sizeof(finished));
	finished++;
	syscall(SYS_futex, &finished, FUTEX_WAKE_PRIVATE, 1);
	return NULL;
}

static void *second(void *arg)
{
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
	while (!finished)
		syscall(SYS_futex, &finished, FUTEX_WAIT_PRIVATE, 0, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
