/* SPDX-License-Identifier: MIT */
/* Two threads meet with a spin lock each in their hands, and spin for the other's; one of them does not insist.
 *
 * Twin of spin_hang.c: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
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
	if (pthread_spin_trylock(&a) == 0) /* second takes a */
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
