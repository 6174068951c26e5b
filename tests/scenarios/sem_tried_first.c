/* SPDX-License-Identifier: MIT */
/* Two threads take semaphores in opposite orders, by a function that tries first and waits when that fails.
 *
 * Each of these tries succeeds; but the function was seen to wait where one did not.  Python takes its locks so.
 *
 * expect: lock-order-cycle possible warning
 *   thread: first
 *     holds: a at somebody tries < first takes a
 *     wants: b at somebody tries < first takes b
 *   thread: second
 *     holds: b at somebody tries < second takes b
 *     wants: a at somebody tries < second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

static sem_t a, b, busy;
static atomic_int n_failed, finished;

static __attribute__((noinline)) void take(sem_t *lock)
{
	if (sem_trywait(lock)) { /* somebody tries */
		n_failed++;
		sem_wait(lock);
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
