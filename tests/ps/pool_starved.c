/* SPDX-License-Identifier: MIT */
/* A pool of two workers, whose jobs hand a part to the same pool and wait for it: nobody is left to do the parts.
 *
 * expect: nobody-to-wake observed error
 *   thread: worker0
 *     wants: is_done
 *     kind: condition variable
 *   thread: worker1
 *     wants: is_done
 *     kind: condition variable
 *   thread: main
 *     wants: the end of worker0
 */
#include "../gdb/stage.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_done = PTHREAD_COND_INITIALIZER;
static int n_queued, n_done;

static void *work(void *arg)
{
	int n_seen;

	stage_name(arg ? "worker1" : "worker0");
	stage_meet();
	pthread_mutex_lock(&lock);
	n_queued++;
	n_seen = n_done;
	while (n_done == n_seen)
		pthread_cond_wait(&is_done, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t threads[2];

	stage_open(2);
	stage_lock("is_done", &is_done);
	pthread_create(&threads[0], NULL, work, NULL);
	pthread_create(&threads[1], NULL, work, &n_done);
	stage_name("main");
	pthread_join(threads[0], NULL);
	pthread_join(threads[1], NULL);
	return 0;
}
