/* SPDX-License-Identifier: MIT */
/* Two threads take the same two locks in opposite orders, after one of them has gone through thousands of others many times.
 *
 * Recorded in full it is known that nothing but luck keeps them apart, as long as no operation before is missing, or is
 * taken for that of another lock.
 *
 * expect: lock-order-cycle predicted error
 *   says: can run in another order
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * run: --mode full
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { MANY = 3000, ROUNDS = 30 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t many[MANY + 2];
static atomic_int finished;

static void go_through_many(void)
{
	for (int i = 0; i < ROUNDS * MANY; i++) {
		pthread_mutex_t *step = &many[i % MANY];

		pthread_mutex_lock(&step[0]);
		pthread_mutex_lock(&step[1]);
		pthread_mutex_lock(&step[2]);
		pthread_mutex_unlock(&step[2]);
		pthread_mutex_unlock(&step[1]);
		pthread_mutex_unlock(&step[0]);
	}
}

static void *first(void *arg)
{
	go_through_many();
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	for (int i = 0; i < MANY + 2; i++)
		pthread_mutex_init(&many[i], NULL);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
