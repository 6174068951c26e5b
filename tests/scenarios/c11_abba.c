/* SPDX-License-Identifier: MIT */
/* Threads and mutexes of C11, taken in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

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
	mtx_lock(&b); /* second takes b */
	mtx_lock(&a); /* second takes a */
	mtx_unlock(&a);
	mtx_unlock(&b);
	thrd_exit(7);
}

int main(void)
{
	thrd_t one, two;
	int result;

	mtx_init(&a, mtx_plain);
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
