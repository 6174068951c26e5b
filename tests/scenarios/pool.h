/* SPDX-License-Identifier: MIT */
/* A pool of two threads, and a job that can be waited for. */
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

struct job {
	void (*run)(struct job *job);
	struct job *next;
	pthread_cond_t done;
	bool is_done;
	atomic_bool is_awaited;
};

enum { MAX_THREADS = 8 };

/* Not a constant: a loop that is unrolled creates each thread at a place of its own. */
extern int n_threads;
int n_threads = 2;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t has_work = PTHREAD_COND_INITIALIZER;
static struct job *queue;
static int n_idle;
static bool is_over;

static struct job *take(void)
{
	struct job *job;

	pthread_mutex_lock(&lock);
	n_idle++;
	while (!queue && !is_over)
		pthread_cond_wait(&has_work, &lock);
	n_idle--;
	job = queue;
	if (job)
		queue = job->next;
	pthread_mutex_unlock(&lock);
	return job;
}

static void *worker(void *arg)
{
	struct job *job;

	while ((job = take())) {
		job->run(job);
		pthread_mutex_lock(&lock);
		job->is_done = true;
		pthread_cond_broadcast(&job->done);
		pthread_mutex_unlock(&lock);
	}
	return NULL;
}

static void submit(struct job *job)
{
	pthread_cond_init(&job->done, NULL);
	pthread_mutex_lock(&lock); /* somebody has the lock */
	job->next = queue;
	queue = job;
	pthread_cond_broadcast(&has_work); /* somebody brings work */
	pthread_mutex_unlock(&lock);
}

static void wait_for(struct job *job)
{
	pthread_mutex_lock(&lock);
	job->is_awaited = true;
	while (!job->is_done)
		pthread_cond_wait(&job->done, &lock); /* somebody waits for it */
	pthread_mutex_unlock(&lock);
}

static void close_pool(void)
{
	pthread_mutex_lock(&lock);
	is_over = true;
	pthread_cond_broadcast(&has_work);
	pthread_mutex_unlock(&lock);
}
