/* SPDX-License-Identifier: MIT */
/* The main thread ends before the others, with a lock that they need; the process lives on without it.
 *
 * expect: orphaned-lock observed error
 *   thread: gone
 *     ended: yes
 *   thread: waiter
 *     wants: left_behind
 *     kind: mutex
 */
#include "../gdb/stage.h"

static pthread_mutex_t left_behind = PTHREAD_MUTEX_INITIALIZER;

static void *wait_for_it(void *arg)
{
	stage_name("waiter");
	pthread_mutex_lock(&left_behind);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	stage_open(1);
	stage_lock("left_behind", &left_behind);
	pthread_mutex_lock(&left_behind);
	pthread_create(&thread, NULL, wait_for_it, NULL);
	stage_name("gone");
	pthread_exit(NULL);
}
