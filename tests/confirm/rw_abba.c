/* SPDX-License-Identifier: MIT */
/* One thread reads the table and writes the index, the other reads the index and writes the table.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_rwlock_t dictionary = PTHREAD_RWLOCK_INITIALIZER;

static void *rebuild(void *unused)
{
	pthread_rwlock_rdlock(&table);
	pthread_rwlock_wrlock(&dictionary);
	pthread_rwlock_unlock(&dictionary);
	pthread_rwlock_unlock(&table);
	return unused;
}

static void *compact(void *unused)
{
	pthread_rwlock_rdlock(&dictionary);
	pthread_rwlock_wrlock(&table);
	pthread_rwlock_unlock(&table);
	pthread_rwlock_unlock(&dictionary);
	return unused;
}

int main(void)
{
	pthread_t builder, compactor;

	pthread_create(&builder, NULL, rebuild, NULL);
	pthread_create(&compactor, NULL, compact, NULL);
	pthread_join(builder, NULL);
	pthread_join(compactor, NULL);
	return 0;
}
