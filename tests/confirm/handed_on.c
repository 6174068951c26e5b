/* SPDX-License-Identifier: MIT */
/* The second order is taken when the first thread has said by a condition variable that it is done.
 *
 * confirm: lock-order-cycle violated
 */
#include <pthread.h>
#include <stdbool.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static bool is_done;

static void *transfer(void *unused)
{
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_lock(&lock);
	is_done = true;
	pthread_cond_signal(&changed);
	pthread_mutex_unlock(&lock);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&lock);
	while (!is_done)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
	pthread_mutex_lock(&journal);
	pthread_mutex_lock(&accounts);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&journal);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	pthread_create(&auditor, NULL, audit, NULL);
	pthread_create(&teller, NULL, transfer, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
