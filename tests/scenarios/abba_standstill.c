/* SPDX-License-Identifier: MIT */
/* Two threads meet with one lock each in their hands, each wanting the other's, until one has waited long enough.
 *
 * This did happen, but it is no deadlock: the wait ended by itself.
 *
 * expect: lock-order-cycle possible warning
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <time.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec++;
	pthread_mutex_lock(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (pthread_mutex_timedlock(&a, &until) == 0) /* second takes a */
		pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
