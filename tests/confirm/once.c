/* SPDX-License-Identifier: MIT */
/* A routine that runs once takes a lock, under which others come to have it run.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_once_t has_begun = PTHREAD_ONCE_INIT;

static void begin(void)
{
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
}

static void *transfer(void *unused)
{
	pthread_once(&has_begun, begin);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&journal);
	pthread_once(&has_begun, begin);
	pthread_mutex_unlock(&journal);
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
