/* SPDX-License-Identifier: MIT */
/* A thousand threads, all alive at once and all from one line, take two locks in one order; so does one more.
 *
 * Twin of threads_1000.c: `other` takes a first.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

enum { N_WORKERS = 1000 };

static pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t b = PTHREAD_MUTEX_INITIALIZER;
static pthread_barrier_t all_have_begun;
static atomic_int finished;

static void *worker(void *arg)
{
	pthread_barrier_wait(&all_have_begun);
	pthread_mutex_lock(&a); /* worker takes a */
	pthread_mutex_lock(&b); /* worker takes b */
	pthread_mutex_unlock(&b);
	pthread_mutex_unlock(&a);
	finished++;
	return NULL;
}

static void *other(void *arg)
{
	pthread_mutex_lock(&a); /* other takes a */
	pthread_mutex_lock(&b); /* other takes b */
	pthread_mutex_unlock(&a);
	pthread_mutex_unlock(&b);
	return NULL;
}

int main(void)
{
	static pthread_t workers[N_WORKERS];
	pthread_attr_t small;
	pthread_t thread;

	pthread_barrier_init(&all_have_begun, NULL, N_WORKERS);
	pthread_attr_init(&small);
	pthread_attr_setstacksize(&small, 65536);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_create(&workers[i], &small, worker, NULL);
	while (finished < N_WORKERS)
		sched_yield();
	pthread_create(&thread, NULL, other, NULL);
	pthread_join(thread, NULL);
	for (int i = 0; i < N_WORKERS; i++)
		pthread_join(workers[i], NULL);
	return 0;
}
