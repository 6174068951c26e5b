/* SPDX-License-Identifier: MIT */
/* Two threads use semaphores as locks, and meet with one each in their hands; a third goes about its work.
 *
 * Any thread may post a semaphore, so that the circle is for ever is not certain: but nobody ever posted one of these that
 * he had not taken.
 *
 * expect: lock-order-cycle observed warning
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 * hangs: yes
 * run: --timeout 3
 * exit: 124
 */
#include <pthread.h>
#include <sched.h>
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
	while (pthread_tryjoin_np(one, NULL))
		sched_yield();
	pthread_join(two, NULL);
	return 0;
}
