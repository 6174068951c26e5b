/* SPDX-License-Identifier: MIT */
/* Two threads meet, and only one of them has a lock of the program's own making.
 *
 * Twin of home_made_hang.c: `second` lets go of b before they meet.
 *
 * expect: clean
 */
#include "latch.h"

#include <pthread.h>

static atomic_int a, b;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	latch_take(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	latch_take(&b); /* first takes b */
	latch_leave(&b);
	latch_leave(&a);
	return NULL;
}

static void *second(void *arg)
{
	latch_take(&b); /* second takes b */
	latch_leave(&b);
	pthread_barrier_wait(&both_have_one);
	latch_take(&a); /* second takes a */
	latch_leave(&a);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
