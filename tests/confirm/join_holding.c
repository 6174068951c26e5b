/* SPDX-License-Identifier: MIT */
/* The end of a thread is waited for under a lock that it takes on its way.
 *
 * confirm: join-cycle confirmed
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t registry = PTHREAD_MUTEX_INITIALIZER;

static void *work(void *unused)
{
	pthread_mutex_lock(&registry);
	pthread_mutex_unlock(&registry);
	return unused;
}

int main(void)
{
	struct timespec while_it_works = {.tv_nsec = 20000000};
	pthread_t worker;

	pthread_create(&worker, NULL, work, NULL);
	nanosleep(&while_it_works, NULL);
	pthread_mutex_lock(&registry);
	pthread_join(worker, NULL);
	pthread_mutex_unlock(&registry);
	return 0;
}
