/* SPDX-License-Identifier: MIT */
/* A thread takes two locks and then posts a semaphore; another waits for that, and takes them in the same order.
 *
 * Twin of handed_on_sem.c: same order.
 *
 * expect: clean
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
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_lock(&b); /* second takes b */
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
