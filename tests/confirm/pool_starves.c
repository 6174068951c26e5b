/* SPDX-License-Identifier: MIT */
/* A job gives a part of its work to the pool that it runs in, and waits for it.  When all workers are at such jobs nobody is
 * left for the parts.  The second job comes when the first is done, or after 30 ms.
 *
 * confirm: pool-starvation confirmed
 */
#include "patience.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct job {
	bool has_part, is_done;
	pthread_cond_t done;
	struct job *next;
};

/* Not a constant: a loop that is unrolled creates each thread at a place of its own. */
extern int n_workers;
int n_workers = 2;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER, is_idle = PTHREAD_COND_INITIALIZER;
static struct job *queue;
static int n_idle;
static atomic_int n_done;

static void submit(struct job *job)
{
	pthread_cond_init(&job->done, NULL);
	pthread_mutex_lock(&lock);
	job->next = queue;
	queue = job;
	pthread_cond_signal(&has_work);
	pthread_mutex_unlock(&lock);
}

static void wait_for(struct job *job)
{
	pthread_mutex_lock(&lock);
	while (!job->is_done)
		pthread_cond_wait(&job->done, &lock);
	pthread_mutex_unlock(&lock);
}

static void run(struct job *job)
{
	struct job part = {.has_part = false};

	if (job->has_part) {
		submit(&part);
		wait_for(&part);
	}
	pthread_mutex_lock(&lock);
	job->is_done = true;
	n_done += job->has_part;
	pthread_cond_signal(&job->done);
	pthread_mutex_unlock(&lock);
}

static struct job *take(void)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	n_idle++;
	pthread_cond_signal(&is_idle);
	while (!queue)
		pthread_cond_wait(&has_work, &lock);
	n_idle--;
	job = queue;
	queue = job->next;
	pthread_mutex_unlock(&lock);
	return job;
}

static void *work(void *unused)
{
	for (;;)
		run(take());
	return unused;
}

static void await_workers(void)
{
	pthread_mutex_lock(&lock);
	while (n_idle < n_workers)
		pthread_cond_wait(&is_idle, &lock);
	pthread_mutex_unlock(&lock);
}

int main(void)
{
	struct job first = {.has_part = true}, second = {.has_part = true};
	pthread_t threads[2];

	for (int i = 0; i < n_workers; i++)
		pthread_create(&threads[i], NULL, work, NULL);
	await_workers();
	submit(&first);
	WAIT_PATIENTLY_FOR(n_done);
	submit(&second);
	wait_for(&first);
	wait_for(&second);
	return 0;
}
