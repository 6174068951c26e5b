/* SPDX-License-Identifier: MIT */
/* A thread takes two mutexes and raises a futex; another finds it raised, and need not sleep before it takes them too.
 *
 * Twin of raw_futex_awake.c: `second` takes a first.
 *
 * expect: clean
 */
#include <linux/futex.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <sys/syscall.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int turned, has_finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	turned = 1;
	syscall(SYS_futex, &turned, FUTEX_WAKE_PRIVATE, 1);
	has_finished = 1;
	return NULL;
}

static void *second(void *arg)
{
	while (!has_finished)
		sched_yield();
	syscall(SYS_futex, &turned, FUTEX_WAIT_PRIVATE, 0, NULL);
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
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
