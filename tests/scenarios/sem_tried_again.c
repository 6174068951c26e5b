/* SPDX-License-Identifier: MIT */
/* Two threads take semaphores in opposite orders, by a function that tries until it succeeds.
 *
 * Twin of sem_tried_first.c: it never waits.  (That this can spin for ever is another matter, which nobody can see.)
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

static sem_t a, b, busy;
static atomic_int n_failed, finished;

static __attribute__((noinline)) void take(sem_t *lock)
{
	while (sem_trywait(lock)) { /* somebody tries */
		n_failed++;
		sched_yield();
	}
}

static void *waits(void *arg)
{
	take(&busy);
	sem_post(&busy);
	return NULL;
}

static void *first(void *arg)
{
	take(&a); /* first takes a */
	take(&b); /* first takes b */
	sem_post(&b);
	sem_post(&a);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	while (!finished)
		sched_yield();
	take(&b); /* second takes b */
	take(&a); /* second takes a */
	sem_post(&a);
	sem_post(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two, three;

	sem_init(&a, 0, 1);
	sem_init(&b, 0, 1);
	sem_init(&busy, 0, 1);
	sem_wait(&busy);
	pthread_create(&three, NULL, waits, NULL);
	while (!n_failed)
		sched_yield();
	sem_post(&busy);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	pthread_join(three, NULL);
	return 0;
}
