/* SPDX-License-Identifier: MIT */
/* Two threads meet with one lock each in their hands; one of them does not wait at all for the other's.
 *
 * Twin of abba_standstill.c: `second` only tries.
 *
 * expect: clean
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
	if (pthread_mutex_trylock(&a) == 0) /* second takes a */
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
