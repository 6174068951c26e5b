/* SPDX-License-Identifier: MIT */
/* Two threads take two spin locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_spinlock_t a, b;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_spin_lock(&a); /* first takes a */
	pthread_spin_lock(&b); /* first takes b */
	pthread_spin_unlock(&b);
	pthread_spin_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_spin_lock(&b); /* second takes b */
	pthread_spin_lock(&a); /* second takes a */
	pthread_spin_unlock(&a);
	pthread_spin_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
	pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	pthread_spin_destroy(&b);
	pthread_spin_destroy(&a);
	return 0;
}
