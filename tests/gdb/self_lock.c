/* SPDX-License-Identifier: MIT */
/* The only thread takes a lock that it holds already; the lock is a local variable of main().
 *
 * expect: deadlock
 *   thread: main
 *     holds: main::job.lock at main takes the lock
 *     wants: main::job.lock at main takes it again < main calls
 */
#include "stage.h"

struct job {
	long number;
	pthread_mutex_t lock;
};

static void __attribute__((noinline)) finish(struct job *job)
{
	pthread_mutex_lock(&job->lock); /* main takes it again */
	job->number++;
	pthread_mutex_unlock(&job->lock);
}

int main(void)
{
	struct job job = {.number = 1};

	stage_open(1);
	stage_name("main");
	stage_lock("main::job.lock", &job.lock);
	pthread_mutex_init(&job.lock, NULL);
	pthread_mutex_lock(&job.lock); /* main takes the lock */
	finish(&job); /* main calls */
	pthread_mutex_unlock(&job.lock);
	return 0;
}
