/* SPDX-License-Identifier: MIT */
/* Two threads take two locks of the program's own making in the same order.
 *
 * Twin of home_made.c: `second` takes a first.
 *
 * expect: clean
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
	latch_take(&a);
	latch_take(&b);
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
