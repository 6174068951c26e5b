/* SPDX-License-Identifier: MIT */
/* A thread has ended with a lock held that another one waits for: a hang, but no cycle.
 *
 * expect: orphan
 *   thread: main
 *     wants: left_behind at main waits
 */
#include "stage.h"

static pthread_mutex_t left_behind = PTHREAD_MUTEX_INITIALIZER;

static void *leaver(void *arg)
{
	pthread_mutex_lock(&left_behind);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	stage_open(1);
	stage_name("main");
	stage_lock("left_behind", &left_behind);
	pthread_create(&thread, NULL, leaver, NULL);
	pthread_join(thread, NULL);
	pthread_mutex_lock(&left_behind); /* main waits */
	return 0;
}
