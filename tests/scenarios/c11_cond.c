/* SPDX-License-Identifier: MIT */
/* A thread waits on a condition of C11 with a second lock in its hand, and wakes up in the opposite order.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: m at first takes m
 *     wants: other at first takes the other
 *   thread: waiter
 *     holds: other at waiter takes the other
 *     wants: m at waiter wakes up
 * expect: lock-order-cycle single-thread note
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>

static mtx_t m, other;
static cnd_t condition;
static atomic_int finished, is_waiting;
static int is_ready;

static int first(void *arg)
{
	mtx_lock(&m); /* first takes m */
	mtx_lock(&other); /* first takes the other */
	mtx_unlock(&other);
	mtx_unlock(&m);
	finished++;
	return 0;
}

static int waiter(void *arg)
{
	mtx_lock(&m);
	mtx_lock(&other); /* waiter takes the other */
	is_waiting = 1;
	while (!is_ready)
		cnd_wait(&condition, &m); /* waiter wakes up */
	mtx_unlock(&other);
	mtx_unlock(&m);
	return 0;
}

int main(void)
{
	thrd_t one, two;

	mtx_init(&m, mtx_plain);
	mtx_init(&other, mtx_plain);
	cnd_init(&condition);
	thrd_create(&one, first, NULL);
	thrd_detach(one);
	while (!finished)
		sched_yield();
	thrd_create(&two, waiter, NULL);
	while (!is_waiting)
		sched_yield();
	mtx_lock(&m);
	is_ready = 1;
	cnd_broadcast(&condition);
	cnd_signal(&condition);
	mtx_unlock(&m);
	thrd_join(two, NULL);
	cnd_destroy(&condition);
	return 0;
}
