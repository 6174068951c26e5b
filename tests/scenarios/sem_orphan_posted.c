/* SPDX-License-Identifier: MIT */
/* A thread has ended with a semaphore in its hand, and another one posts it: so it was no lock, and main goes on.
 *
 * Twin of sem_orphan_hang.c.
 *
 * expect: clean
 */
#include <pthread.h>
#include <semaphore.h>

static sem_t lock;

static void *careless(void *arg)
{
	sem_wait(&lock); /* careless takes it */
	return NULL;
}

static void *other_one(void *arg)
{
	sem_post(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread, other;
	int value;

	sem_init(&lock, 0, 1);
	pthread_create(&thread, NULL, careless, NULL);
	pthread_join(thread, NULL);
	pthread_create(&other, NULL, other_one, &value);
	sem_wait(&lock); /* main takes it */
	sem_post(&lock);
	pthread_join(other, NULL);
	return 0;
}
