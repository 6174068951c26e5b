/* SPDX-License-Identifier: MIT */
/* Two threads take two locks of the program's own making in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at has it < first takes a
 *     wants: b at has it < first takes b
 *   thread: second
 *     holds: b at has it < second takes b
 *     wants: a at has it < second takes a
 */
#include "latch.h"

#include <pthread.h>

static atomic_int a, b;
static atomic_int finished;

static void *first(void *arg)
{
	latch_take(&a); /* first takes a */
	latch_take(&b); /* first takes b */
	latch_leave(&b);
	latch_leave(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	latch_take(&b); /* second takes b */
	latch_take(&a); /* second takes a */
	latch_leave(&a);
	latch_leave(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
