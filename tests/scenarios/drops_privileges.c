/* SPDX-License-Identifier: MIT */
/* A server gives up its privileges when it has begun, and takes two locks in opposite orders as somebody else.
 *
 * Run by root, it becomes somebody who may not write where the trace is; else it stays who it is.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
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
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

static int drop_privileges(void)
{
	uid_t nobody = getuid() ? getuid() : 65534;

	if (chroot("/") && getuid() == 0)
		return -1;
	if (seteuid(nobody) || seteuid(getuid()) || setreuid(-1, -1) || setresuid(-1, -1, -1))
		return -1;
	return setuid(nobody);
}

int main(void)
{
	pthread_t one, two;

	if (drop_privileges())
		return 1;
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
