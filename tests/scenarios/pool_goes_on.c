/* SPDX-License-Identifier: MIT */
/* A job gives its part to the pool that it runs in, and does not wait for it; whoever wants it done does.
 *
 * Twin of pool_waits.c: the main thread waits.
 *
 * expect: clean
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
	wait_for(&part);
	close_pool();
	for (int i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
