/* SPDX-License-Identifier: MIT */
/* A thread has ended with a semaphore in its hand that is used as a lock, and main waits for it for ever.
 *
 * Anybody may post a semaphore; but there is nobody.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: lock at main takes it
 *   thread: careless
 *     holds: lock at careless takes it
 * expect: exit-held observed warning
 *   thread: careless
 *     holds: lock at careless takes it
 * hangs: yes
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
	sem_getvalue(&lock, arg);
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
