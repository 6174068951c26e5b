/* SPDX-License-Identifier: MIT */
/* A semaphore lets eight threads in at a time; two of them take two locks in opposite orders.
 *
 * One place would make it a lock, and keep them apart; eight do not.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <semaphore.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t slots;
static atomic_int finished;

static void *first(void *arg)
{
	sem_wait(&slots);
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&slots);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	while (sem_trywait(&slots))
		sched_yield();
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	sem_post(&slots);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&slots, 0, 8);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	sem_destroy(&slots);
	return 0;
}
