/* SPDX-License-Identifier: MIT */
/* A job gives its part to the pool that it runs in, and waits for it there; this time another thread is free.
 *
 * expect: pool-starvation possible warning
 *   says: 2 threads
 *   thread: worker
 *     wants: at somebody waits for it < the job waits
 *   thread: worker
 *     holds: lock at somebody has the lock < the job brings its part
 *     wants: has_work at somebody brings work < the job brings its part
 */
#include "pool.h"

#include <sched.h>

static void do_part(struct job *job)
{
	while (!job->is_awaited)
		sched_yield();
}

static struct job part = {.run = do_part};

static void do_whole(struct job *job)
{
	submit(&part); /* the job brings its part */
	wait_for(&part); /* the job waits */
}

static struct job whole = {.run = do_whole};

static bool are_idle(int n)
{
	bool are;

	pthread_mutex_lock(&lock);
	are = n_idle == n;
	pthread_mutex_unlock(&lock);
	return are;
}

int main(void)
{
	pthread_t threads[MAX_THREADS];

	for (int i = 0; i < n_threads; i++)
		pthread_create(&threads[i], NULL, worker, NULL);
	while (!are_idle(n_threads))
		sched_yield();
	submit(&whole);
	wait_for(&whole);
	close_pool();
	for (int i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
