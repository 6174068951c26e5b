/* SPDX-License-Identifier: MIT */
/* The end of a thread is waited for under a lock that it takes on its way: when it has done so, or after 30 ms.
 *
 * confirm: join-cycle confirmed
 */
#include "patience.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;
static atomic_bool has_worked;

static void *work(void *unused)
{
	pthread_mutex_lock(&registry);
	pthread_mutex_unlock(&registry);
	has_worked = true;
	return unused;
}

int main(void)
{
	pthread_t worker;

	pthread_create(&worker, NULL, work, NULL);
	WAIT_PATIENTLY_FOR(has_worked);
	pthread_mutex_lock(&registry);
	pthread_join(worker, NULL);
	pthread_mutex_unlock(&registry);
	return 0;
}
