/* SPDX-License-Identifier: MIT */
/* Two threads queue for locks of one that gives way, while a fourth goes about its work.
 *
 * Twin of abba_hang_bystander.c: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t c = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all_have_begun;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_barrier_wait(&all_have_begun);
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_barrier_wait(&all_have_begun);
	if (pthread_mutex_trylock(&a) == 0) /* second takes a */
		pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

static void *queues(void *arg)
{
	pthread_barrier_wait(&all_have_begun);
	pthread_mutex_lock(&a);
	pthread_mutex_unlock(&a);
	return arg;
}

static void *works(void *is_over)
{
	pthread_barrier_wait(&all_have_begun);
	while (pthread_tryjoin_np(*(pthread_t *)is_over, NULL)) {
		pthread_mutex_lock(&c);
		pthread_mutex_unlock(&c);
		sched_yield();
	}
	return NULL;
}

int main(void)
{
	pthread_t one, two, three, four;

	pthread_barrier_init(&all_have_begun, NULL, 4);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_create(&three, NULL, queues, NULL);
	pthread_create(&four, NULL, works, &three);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	pthread_join(four, NULL);
	return 0;
}
