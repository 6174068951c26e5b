/* SPDX-License-Identifier: MIT */
/* Three threads that come by the same places, again and again: what control_test.py steers.
 *
 * alice and bob are shoppers, created at two places; carol is a clerk, and holds the ledger while she writes into it.
 * They come in turns, and each turn is over before the next begins, until somebody steers them otherwise.
 */
#include "stage.h"

#include <semaphore.h>
#include <stdlib.h>

enum { N_ROUNDS = 3 };

static struct {
	int n_visits;
	pthread_mutex_t ledger;
} shop = {0, PTHREAD_MUTEX_INITIALIZER};

static int n_sold; /* no lock of its own */
static sem_t turn[3];

static void __attribute__((noinline)) visit(const char *who, int round)
{
	shop.n_visits++; /* visits */
}

static void *shopper(void *argument)
{
	int me = *(int *)argument;

	stage_name(me ? "bob" : "alice");
	for (int round = 0; round < N_ROUNDS; round++) {
		sem_wait(&turn[me]);
		visit(me ? "bob" : "alice", round);
		n_sold++; /* sells */
		sem_post(&turn[me + 1]);
	}
	return NULL; /* leaves */
}

static void *clerk(void *argument)
{
	stage_name("carol");
	for (int round = 0; round < N_ROUNDS; round++) {
		sem_wait(&turn[2]); /* carol waits */
		pthread_mutex_lock(&shop.ledger);
		visit("carol", round);
		pthread_mutex_unlock(&shop.ledger);
		sem_post(&turn[0]);
	}
	return NULL;
}

int main(void)
{
	static int numbers[] = {0, 1};
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		sem_init(&turn[i], 0, i == 0);
	pthread_create(&threads[0], NULL, shopper, &numbers[0]);
	pthread_create(&threads[1], NULL, shopper, &numbers[1]); /* creates bob */
	pthread_create(&threads[2], NULL, clerk, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	printf("%d visits, %d sold\n", shop.n_visits, n_sold);
	return 0;
}
