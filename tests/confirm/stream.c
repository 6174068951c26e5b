/* SPDX-License-Identifier: MIT */
/* A stream is locked to write a report in one piece, in both orders with a mutex.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <stdio.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *transfer(void *unused)
{
	flockfile(stdout);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	funlockfile(stdout);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&journal);
	flockfile(stdout);
	funlockfile(stdout);
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
