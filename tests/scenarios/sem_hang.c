/* SPDX-License-Identifier: MIT */
/* Two threads use semaphores as locks, and meet with one each in their hands.
 *
 * A semaphore has no owner, but these were taken by threads that wait for each other, and nobody else is left to post one.
 *
 * expect: lock-order-cycle observed error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 */
#include <pthread.h>
#include <semaphore.h>

static sem_t a, b;
static pthread_barrier_t both_have_one;

static void *first(void *arg)
{
	sem_wait(&a); /* first takes a */
	pthread_barrier_wait(&both_have_one);
	sem_wait(&b); /* first takes b */
	sem_post(&b);
	sem_post(&a);
	return NULL;
}

static void *second(void *arg)
{
	sem_wait(&b); /* second takes b */
	pthread_barrier_wait(&both_have_one);
	if (sem_wait(&a) == 0) /* second takes a */
		sem_post(&a);
	sem_post(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&a, 0, 1);
	sem_init(&b, 0, 1);
	pthread_barrier_init(&both_have_one, NULL, 2);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL); /* main joins */
	pthread_join(two, NULL);
	return 0;
}
