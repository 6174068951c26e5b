/* SPDX-License-Identifier: MIT */
/* A thread takes two locks and then posts a semaphore; another waits for that, and takes them the other way round.
 *
 * Nothing can happen, as long as nobody else posts. That is not to be seen from outside, so it is a warning.
 *
 * expect: lock-order-cycle possible warning
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 *   says: hands on to the other
 */
#include <pthread.h>
#include <semaphore.h>
#include <stddef.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER, b = PTHREAD_MUTEX_INITIALIZER;
static sem_t done;

static void *first(void *arg)
{
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(&done);
	return NULL;
}

static void *second(void *arg)
{
	sem_wait(&done);
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&done, 0, 0);
	pthread_create(&one, NULL, first, NULL);
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	sem_destroy(&done);
	return 0;
}
