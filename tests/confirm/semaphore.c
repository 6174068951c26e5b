/* SPDX-License-Identifier: MIT */
/* A semaphore is used as a lock, in both orders with a mutex.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <semaphore.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static sem_t accounts;

static void *transfer(void *unused)
{
	sem_wait(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	sem_post(&accounts);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&journal);
	sem_wait(&accounts);
	sem_post(&accounts);
	pthread_mutex_unlock(&journal);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	sem_init(&accounts, 0, 1);
	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
