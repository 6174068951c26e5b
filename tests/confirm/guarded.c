/* SPDX-License-Identifier: MIT */
/* The two orders are taken under one gate, so they cannot meet, however long one waits.
 *
 * confirm: lock-order-cycle violated
 */
#include <pthread.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *transfer(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&gate);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_lock(&journal);
	pthread_mutex_lock(&accounts);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&gate);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
