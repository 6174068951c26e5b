/* SPDX-License-Identifier: MIT */
/* A thread waits on a condition of C11 for a short time, with a second lock in its hand that always comes first.
 *
 * Twin of c11_cond_timedwait.c: the other lock, then the mutex, in both threads.
 *
 * expect: clean
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>
#include <threads.h>
#include <time.h>

static mtx_t m, other;
static cnd_t condition;
static atomic_int finished;

static int first(void *arg)
{
	mtx_lock(&other); /* first takes the other */
	mtx_lock(&m); /* first takes m */
	mtx_unlock(&other);
	mtx_unlock(&m);
	finished++;
	return 0;
}

static int waiter(void *arg)
{
	struct timespec until;

	timespec_get(&until, TIME_UTC);
	mtx_lock(&other); /* waiter takes the other */
	mtx_lock(&m); /* waiter takes m */
	cnd_timedwait(&condition, &m, &until); /* waiter goes on */
	mtx_unlock(&m);
	mtx_unlock(&other);
	return 0;
}

int main(void)
{
	thrd_t one, two;

	mtx_init(&m, mtx_plain);
	mtx_init(&other, mtx_plain);
	cnd_init(&condition);
	thrd_create(&one, first, NULL);
	while (!finished)
		sched_yield();
	thrd_create(&two, waiter, NULL);
	thrd_join(one, NULL);
	thrd_join(two, NULL);
	return 0;
}
