/* SPDX-License-Identifier: MIT */
/* While the program begins, two threads take the locks in opposite orders again and again, but with a gate around; then they
 * do it once without.  That time alone counts: who is held back each time before has no patience left by then.
 *
 * confirm: lock-order-cycle confirmed recorded in full
 */
#include <pthread.h>

enum { TIMES = 60 };

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t has_begun;

static void both(pthread_mutex_t *first, pthread_mutex_t *second, int i)
{
	if (i < TIMES)
		pthread_mutex_lock(&gate);
	pthread_mutex_lock(first);
	pthread_mutex_lock(second);
	pthread_mutex_unlock(second);
	pthread_mutex_unlock(first);
	if (i < TIMES)
		pthread_mutex_unlock(&gate);
}

static void work(pthread_mutex_t *first, pthread_mutex_t *second)
{
	for (int i = 0; i <= TIMES; i++) {
		if (i == TIMES)
			pthread_barrier_wait(&has_begun);
		both(first, second, i);
	}
}

static void *transfer(void *unused)
{
	work(&accounts, &journal);
	return unused;
}

static void *audit(void *unused)
{
	work(&journal, &accounts);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	pthread_barrier_init(&has_begun, NULL, 2);
	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
