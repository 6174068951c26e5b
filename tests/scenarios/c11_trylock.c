/* SPDX-License-Identifier: MIT */
/* Mutexes of C11 in opposite orders, where one of the inner ones is only tried.
 *
 * Twin of c11_timedlock.c: it does not wait at all.
 *
 * expect: clean
 * exit: 7
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t a, b;
static atomic_int finished;

static int first(void *arg)
{
	mtx_lock(&a); /* first takes a */
	mtx_lock(&b); /* first takes b */
	mtx_unlock(&b);
	mtx_unlock(&a);
	finished++;
	return 0;
}

static int second(void *arg)
{
	struct timespec until;

	timespec_get(&until, TIME_UTC);
	until.tv_sec += 10;
	mtx_lock(&b); /* second takes b */
	mtx_trylock(&a); /* second takes a */
	mtx_unlock(&a);
	mtx_unlock(&b);
	return 7;
}

int main(void)
{
	thrd_t one, two;
	int result;

	mtx_init(&a, mtx_timed);
	mtx_init(&b, mtx_plain);
	thrd_create(&one, first, NULL);
	while (!finished)
		sched_yield();
	thrd_create(&two, second, NULL);
	thrd_join(one, NULL);
	thrd_join(two, &result);
	mtx_destroy(&b);
	mtx_destroy(&a);
	return result;
}
