/* SPDX-License-Identifier: MIT */
/* An interpreter: its threads need one lock to run, which they let go where they wait for a semaphore, and not where they
 * try first.  Two of them take two semaphores in opposite orders; the second begins when the first is done, or after 30 ms.
 *
 * Who is held back before a try has the lock without which nobody runs: so it has to be held back where it waits.
 *
 * confirm: lock-order-cycle confirmed
 */
#include "patience.h"

#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

static pthread_mutex_t interpreter = PTHREAD_MUTEX_INITIALIZER;
static sem_t sugar, flour, busy;
static atomic_int n_failed, n_baked;

static void take(sem_t *lock)
{
	if (sem_trywait(lock)) {
		n_failed++;
		pthread_mutex_unlock(&interpreter);
		sem_wait(lock);
		pthread_mutex_lock(&interpreter);
	}
}

static void *bakes(void *late)
{
	sem_t *first = late ? &flour : &sugar, *second = late ? &sugar : &flour;

	pthread_mutex_lock(&interpreter);
	take(first);
	take(second);
	sem_post(second);
	sem_post(first);
	pthread_mutex_unlock(&interpreter);
	n_baked++;
	return NULL;
}

static void *waits(void *arg)
{
	pthread_mutex_lock(&interpreter);
	take(&busy);
	sem_post(&busy);
	pthread_mutex_unlock(&interpreter);
	return arg;
}

int main(void)
{
	pthread_t cooks[2], other;

	sem_init(&sugar, 0, 1);
	sem_init(&flour, 0, 1);
	sem_init(&busy, 0, 1);
	sem_wait(&busy);
	pthread_create(&other, NULL, waits, NULL);
	while (!n_failed)
		sched_yield();
	sem_post(&busy);
	pthread_join(other, NULL);
	pthread_create(&cooks[0], NULL, bakes, NULL);
	WAIT_PATIENTLY_FOR(n_baked);
	pthread_create(&cooks[1], NULL, bakes, &busy);
	pthread_join(cooks[0], NULL);
	pthread_join(cooks[1], NULL);
	return 0;
}
