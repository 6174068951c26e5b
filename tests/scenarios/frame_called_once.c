/* SPDX-License-Identifier: MIT */
/* Two threads take a global lock and one in main's stack in opposite orders, during one call of the function that has it.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: at first takes the local one
 *     wants: at first takes the global one
 *   thread: second
 *     holds: global at second takes the global one
 *     wants: at second takes the local one
 * prints: at the same place
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>

static pthread_mutex_t global = PTHREAD_MUTEX_INITIALIZER;
static pthread_t threads[2];
static uintptr_t places[2];
static atomic_int finished;

static void *first(void *local)
{
	pthread_mutex_lock(local); /* first takes the local one */
	pthread_mutex_lock(&global); /* first takes the global one */
	pthread_mutex_unlock(&global);
	pthread_mutex_unlock(local);
	finished++;
	return NULL;
}

static void *second(void *local)
{
	pthread_mutex_lock(&global); /* second takes the global one */
	pthread_mutex_lock(local); /* second takes the local one */
	pthread_mutex_unlock(local);
	pthread_mutex_unlock(&global);
	finished++;
	return NULL;
}

static void run(int i, void *(*routine)(void *), pthread_mutex_t *local)
{
	places[i] = (uintptr_t)local;
	pthread_create(&threads[i], NULL, routine, local);
	while (finished <= i)
		sched_yield();
}

static __attribute__((noinline)) void use(int from, int to)
{
	static void *(*const routines[])(void *) = {first, second};
	pthread_mutex_t local = PTHREAD_MUTEX_INITIALIZER;

	for (int i = from; i <= to; i++)
		run(i, routines[i], &local);
}

int main(void)
{
	use(0, 1);

	printf("at %s place\n", places[0] == places[1] ? "the same" : "another");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
