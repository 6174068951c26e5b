/* SPDX-License-Identifier: MIT */
/* Both threads of a pool run jobs that put parts into the queue of the same pool, and do not wait for them.
 *
 * Twin of pool_all_wait.c: the main thread waits.
 *
 * expect: clean
 */
#include "pool.h"

#include <sched.h>

static void do_part(struct job *job)
{
}

static struct job parts[] = {{.run = do_part}, {.run = do_part}};
static atomic_int n_begun;

static void do_whole(struct job *job)
{
	struct job *part = &parts[n_begun++];

	while (n_begun < 2)
		sched_yield();
	submit(part); /* the job brings its part */
}

static struct job wholes[] = {{.run = do_whole}, {.run = do_whole}};

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
	for (int i = 0; i < 2; i++)
		submit(&wholes[i]);
	for (int i = 0; i < 2; i++)
		wait_for(&wholes[i]);
	for (int i = 0; i < 2; i++)
		wait_for(&parts[i]);
	close_pool();
	for (int i = 0; i < n_threads; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
