/* SPDX-License-Identifier: MIT */
/* Two locks are taken in opposite orders, among many that are taken alone.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>

enum { ENTRIES = 40, TIMES = 300 };

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t entries[ENTRIES];
static int n_read[ENTRIES];

static void read_all(void)
{
	for (int i = 0; i < TIMES; i++) {
		pthread_mutex_lock(&entries[i % ENTRIES]);
		n_read[i % ENTRIES]++;
		pthread_mutex_unlock(&entries[i % ENTRIES]);
	}
}

static void *transfer(void *unused)
{
	read_all();
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&accounts);
	return unused;
}

static void *audit(void *unused)
{
	read_all();
	pthread_mutex_lock(&journal);
	pthread_mutex_lock(&accounts);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&journal);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	for (int i = 0; i < ENTRIES; i++)
		pthread_mutex_init(&entries[i], NULL);
	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
