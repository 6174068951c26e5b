/* SPDX-License-Identifier: MIT */
/* A detached thread keeps a semaphore of its own, which others take to wait for it; it gives it back as the last thing that it does.
 *
 * Twin of left_at_once.c: that line comes later.  Python joins its threads so.
 *
 * expect: lock-order-cycle ordered note
 *   says: has ended and been joined
 *   thread: first
 *     holds: a at first takes a
 *     wants: b at first takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <unistd.h>

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t begun, alive;
static atomic_int finished, tid;

static void *first(void *arg)
{
	tid = gettid();
	sem_init(&alive, 0, 1);
	sem_wait(&alive);
	sem_post(&begun);
	pthread_mutex_lock(&a); /* first takes a */
	pthread_mutex_lock(&b); /* first takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	sem_post(&alive);
	return NULL;
}

static void *second(void *arg)
{
	pthread_mutex_lock(&b); /* second takes b */
	pthread_mutex_lock(&a); /* second takes a */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	sem_init(&begun, 0, 0);
	pthread_create(&one, NULL, first, NULL);
	pthread_detach(one);
	sem_wait(&begun);
	sem_wait(&alive);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, second, NULL);
	pthread_join(two, NULL);
	while (!tgkill(getpid(), tid, 0)) /* until the first one has ended, too */
		sched_yield();
	return 0;
}
