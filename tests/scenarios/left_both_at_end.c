/* SPDX-License-Identifier: MIT */
/* Two detached threads keep a semaphore of their own each; who waits for them takes both by the same call.
 *
 * Twin of left_both_at_once.c: that line comes later.  The second one is free when it is taken, and by a call that is known.
 *
 * expect: lock-order-cycle ordered note
 *   says: has ended and been joined
 *   thread: work
 *     holds: a at work takes a
 *     wants: b at work takes b
 *   thread: second
 *     holds: b at second takes b
 *     wants: a at second takes a
 */
#include <pthread.h>
#include <sched.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <unistd.h>

enum { WORKERS = 2 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static sem_t begun, alive[WORKERS];
static atomic_int finished, tid;

static void *work(void *mine)
{
	tid = gettid();
	sem_init(mine, 0, 1);
	sem_wait(mine);
	sem_post(&begun);
	if (mine == &alive[WORKERS - 1]) {
		pthread_mutex_lock(&a); /* work takes a */
		pthread_mutex_lock(&b); /* work takes b */
		pthread_mutex_unlock(&b);
		pthread_mutex_unlock(&a);
	}
	finished++;
	sem_post(mine);
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

static bool is_free(sem_t *s)
{
	int value;

	return !sem_getvalue(s, &value) && value == 1;
}

int main(void)
{
	pthread_t thread;

	sem_init(&begun, 0, 0);
	for (int i = 0; i < WORKERS; i++) {
		pthread_create(&thread, NULL, work, &alive[i]);
		pthread_detach(thread);
		sem_wait(&begun);
		while (finished <= i || !is_free(&alive[i]))
			sched_yield();
		sem_wait(&alive[i]);
		sem_post(&alive[i]);
	}
	pthread_create(&thread, NULL, second, NULL);
	pthread_join(thread, NULL);
	while (!tgkill(getpid(), tid, 0)) /* until the last worker has ended, too */
		sched_yield();
	return 0;
}
