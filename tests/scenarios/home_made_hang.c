/* SPDX-License-Identifier: MIT */
/* Two threads wait for each other with locks of the program's own making.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at has it < first takes a
 *     wants: b at waits < first takes b
 *   thread: second
 *     holds: b at has it < second takes b
 *     wants: a at waits < second takes a
 * hangs: yes
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
	pthread_barrier_wait(&both_have_one);
	latch_take(&a); /* second takes a */
	latch_leave(&a);
	latch_leave(&b);
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
