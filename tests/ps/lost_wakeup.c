/* SPDX-License-Identifier: MIT */
/* The condition is signalled before anybody waits for it, and the waiter does not look whether it is true already.
 *
 * expect: nobody-to-wake observed error
 *   shim: lost-wakeup observed error
 *   thread: consumer
 *     wants: is_filled
 *     kind: condition variable
 *   thread: main
 *     wants: the end of consumer
 */
#include "../gdb/stage.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t is_filled = PTHREAD_COND_INITIALIZER;

static void *consume(void *arg)
{
	stage_name("consumer");
	pthread_mutex_lock(&lock);
	pthread_cond_wait(&is_filled, &lock);
	pthread_mutex_unlock(&lock);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	stage_open(1);
	stage_lock("is_filled", &is_filled);
	pthread_cond_signal(&is_filled);
	pthread_create(&thread, NULL, consume, NULL);
	stage_name("main");
	pthread_join(thread, NULL);
	return 0;
}
