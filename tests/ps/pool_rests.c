/* SPDX-License-Identifier: MIT */
/* A pool of two workers at rest: a job of the one had handed its part to the other and waited for it, which went well.
 *
 * That it could have gone wrong is for those to tell who look at the whole run; what hangs now is asked here, and nothing does.
 *
 * expect: clean
 *   thread: worker0
 *     wants: has_work
 *     kind: condition variable
 *   thread: worker1
 *     wants: has_work
 *     kind: condition variable
 *   thread: main
 *     sleeps: nanosleep
 */
#include "../gdb/stage.h"

#include <sched.h>
#include <stdbool.h>

enum { N_WORKERS = 2 };

/* Not a constant: a loop that is unrolled creates each thread at a place of its own. */
extern int n_workers;
int n_workers = N_WORKERS;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER;
static pthread_cond_t is_done = PTHREAD_COND_INITIALIZER;
static int n_jobs, n_parts, n_parts_done, n_idle;

/* With the lock held, as all that follows. */
static void do_job(void)
{
	n_jobs--;
	n_parts++;
	pthread_cond_broadcast(&has_work);
	while (!n_parts_done)
		pthread_cond_wait(&is_done, &lock);
}

static void do_part(void)
{
	n_parts--;
	n_parts_done++;
	pthread_cond_broadcast(&is_done);
}

static void *work(void *arg)
{
	stage_name(arg ? "worker1" : "worker0");
	pthread_mutex_lock(&lock);
	for (;;) {
		n_idle++;
		while (!n_jobs && !n_parts)
			pthread_cond_wait(&has_work, &lock);
		n_idle--;
		if (n_jobs)
			do_job();
		else
			do_part();
	}
	return NULL;
}

static bool are_idle_after(int n_parts_before)
{
	bool are;

	pthread_mutex_lock(&lock);
	are = n_idle == n_workers && n_parts_done == n_parts_before;
	pthread_mutex_unlock(&lock);
	return are;
}

static void give_job(void)
{
	pthread_mutex_lock(&lock);
	n_jobs++;
	pthread_cond_broadcast(&has_work);
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	pthread_t threads[N_WORKERS];

	stage_open(1);
	stage_lock("has_work", &has_work);
	for (int i = 0; i < n_workers; i++)
		pthread_create(&threads[i], NULL, work, i ? &n_jobs : NULL);
	stage_name("main");
	while (!are_idle_after(0))
		sched_yield();
	give_job();
	while (!are_idle_after(1))
		sched_yield();
	for (;;)
		sleep(1000);
}
