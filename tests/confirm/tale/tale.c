/* SPDX-License-Identifier: MIT */
/* Two clerks write orders into a little database, and a third one counts them; each has a connection of its own. */
#include "os.h"
#include "store.h"

#include <pthread.h>
#include <stdio.h>

enum { N_CLERKS = 2, N_ORDERS = 4 };

static const char name[] = "orders";

static void *write_orders(void *unused)
{
	struct store *store = store_open(name);

	for (int i = 0; i < N_ORDERS; i++)
		store_insert(store, os_random(), "shoes");
	store_close(store);
	return unused;
}

static void *count_orders(void *unused)
{
	struct store *store = store_open(name);
	unsigned n = store_count(store, "shoes");

	store_close(store);
	printf("%u orders\n", n);
	return unused;
}

int main(void)
{
	pthread_t clerks[N_CLERKS + 1];
	struct store *store = store_open(name);

	for (int i = 0; i < N_CLERKS; i++)
		pthread_create(&clerks[i], NULL, write_orders, NULL);
	pthread_create(&clerks[N_CLERKS], NULL, count_orders, NULL);
	for (int i = 0; i <= N_CLERKS; i++)
		pthread_join(clerks[i], NULL);
	store_close(store);
	return os_allocated() != 0;
}
