/* SPDX-License-Identifier: MIT */
/* Two threads take the same two locks in one order; the second waits for a semaphore before, the first posts it after.
 *
 * Twin of full_two_turns.c: `second` takes the locks in the order that `first` does.
 *
 * expect: clean
 * run: --mode full
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <stdatomic.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t turns;
static atomic_int finished;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&turns);
	return NULL;
}

static void *second(void *arg)
{
	sem_wait(&turns);
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&turns, 0, 0);
	sem_post(&turns);
	pthread_create(&two, NULL, second, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&one, NULL, first, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
