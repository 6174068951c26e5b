/* SPDX-License-Identifier: MIT */
/* A program tells its name, as libc knows it, and how many arguments the constructor of a library was given; then two threads,
 * one after the other, take two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes one
 *     wants: b at first takes another
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <dlfcn.h>
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes one */
	pthread_mutex_lock(&b); /* first takes another */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	while (!finished)
		sched_yield();
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	void *herald = dlopen("libherald.so", RTLD_NOW);
	const int *n_arguments = herald ? dlsym(herald, "herald_n_arguments") : NULL;
	pthread_t one, two;

	printf("%s %s %d\n", program_invocation_name, program_invocation_short_name, n_arguments ? *n_arguments : -1);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
