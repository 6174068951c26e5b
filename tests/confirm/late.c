/* SPDX-License-Identifier: MIT */
/* The second of two threads comes 30 ms late, or so many as are given, so that by itself the circle hardly ever closes.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t accounts = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;

static void *transfer(void *unused)
{
	pthread_mutex_lock(&accounts);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	pthread_mutex_unlock(&accounts);
	return unused;
}

static void *audit(void *ms)
{
	usleep(ms ? 1000 * (unsigned)atoi(ms) : 30000);
	pthread_mutex_lock(&journal);
	pthread_mutex_lock(&accounts);
	pthread_mutex_unlock(&accounts);
	pthread_mutex_unlock(&journal);
	return NULL;
}

int main(int argc, char **argv)
{
	pthread_t teller, auditor;

	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, argc > 1 ? argv[1] : NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
