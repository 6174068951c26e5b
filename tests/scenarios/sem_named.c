/* SPDX-License-Identifier: MIT */
/* A semaphore with a name lets eight threads in at a time; two of them take two locks in opposite orders.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <semaphore.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static const struct timespec far = {.tv_sec = 4000000000};
static sem_t *slots;
static atomic_int finished;

static void *first(void *arg)
{
	sem_timedwait(slots, &far);
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	sem_post(slots);
	finished++;
	return NULL;
}

static void *second(void *arg)
{
	sem_clockwait(slots, CLOCK_MONOTONIC, &far);
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	sem_post(slots);
	return NULL;
}

int main(void)
{
	pthread_t one, two;
	char name[32];

	snprintf(name, sizeof(name), "/snag-scenario.%d", getpid());
	slots = sem_open(name, O_CREAT | O_EXCL, 0600, 8);
	sem_unlink(name);
	pthread_create(&one, NULL, first, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	sem_close(slots);
	return 0;
}
