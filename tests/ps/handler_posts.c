/* SPDX-License-Identifier: MIT */
/* A thread waits for a semaphore, which the handler of a signal would post.
 *
 * expect: nobody-to-wake observed warning
 *   says: signal handler
 *   thread: taker
 *     wants: slots
 *     kind: semaphore
 *   thread: main
 *     wants: the end of taker
 */
#include "../gdb/stage.h"

#include <semaphore.h>
#include <signal.h>

static sem_t slots;

static void post(int number)
{
	sem_post(&slots);
}

static void *take(void *arg)
{
	stage_name("taker");
	sem_wait(&slots);
	return NULL;
}

int main(void)
{
	pthread_t thread;

	stage_open(1);
	signal(SIGUSR1, post);
	sem_init(&slots, 0, 0);
	stage_lock("slots", &slots);
	pthread_create(&thread, NULL, take, NULL);
	stage_name("main");
	pthread_join(thread, NULL);
	return 0;
}
