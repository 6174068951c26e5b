/* SPDX-License-Identifier: MIT */
/* Four threads fight over two locks in one order; when the fight is over, one more takes them in the other.
 *
 * Waiting for each other all the time is no deadlock.
 *
 * expect: lock-order-cycle possible error
 *   thread: fighter
 *     holds: a at fighter takes a
 *     wants: b at fighter takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { N_FIGHTERS = 4, N_ROUNDS = 20000 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void *fighter(void *arg)
{
	for (int i = 0; i < N_ROUNDS; i++) {
		pthread_mutex_lock(&a); /* fighter takes a */
		pthread_mutex_lock(&b); /* fighter takes b */
		pthread_mutex_unlock(&a);
		pthread_mutex_unlock(&b);
	}
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t threads[N_FIGHTERS], two;

	for (int i = 0; i < N_FIGHTERS; i++)
		pthread_create(&threads[i], NULL, fighter, NULL);
	while (finished < N_FIGHTERS)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	for (int i = 0; i < N_FIGHTERS; i++)
		pthread_join(threads[i], NULL);
	pthread_join(two, NULL);
	return 0;
}
