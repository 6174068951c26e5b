/* SPDX-License-Identifier: MIT */
/* Two threads meet with a spin lock each in their hands, and spin for the other's.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 */
#include <pthread.h>

static pthread_spinlock_t a, b;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	pthread_spin_lock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	pthread_spin_lock(&b); /* first takes b */
	pthread_spin_unlock(&b);
	pthread_spin_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	pthread_spin_lock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (pthread_spin_lock(&a) == 0) /* second takes a */
		pthread_spin_unlock(&a);
	pthread_spin_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_spin_init(&a, PTHREAD_PROCESS_PRIVATE);
	pthread_spin_init(&b, PTHREAD_PROCESS_PRIVATE);
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
