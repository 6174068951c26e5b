/* SPDX-License-Identifier: MIT */
/* Five philosophers come to the table, one just behind the other, and each takes the left fork first.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>

enum { SEATS = 5 };

static pthread_mutex_t forks[SEATS];
static pthread_t threads[SEATS];
static int n_meals;

static void *eat(void *argument)
{
	pthread_mutex_t *left = argument, *right = left + 1 < forks + SEATS ? left + 1 : forks;

	pthread_mutex_lock(left);
	pthread_mutex_lock(right);
	__atomic_fetch_add(&n_meals, 1, __ATOMIC_RELAXED);
	pthread_mutex_unlock(right);
	pthread_mutex_unlock(left);
	return NULL;
}

int main(void)
{
	for (int i = 0; i < SEATS; i++)
		pthread_mutex_init(&forks[i], NULL);
	for (int i = 0; i < SEATS; i++)
		pthread_create(&threads[i], NULL, eat, &forks[i]);
	for (int i = 0; i < SEATS; i++)
		pthread_join(threads[i], NULL);
	return n_meals != SEATS;
}
