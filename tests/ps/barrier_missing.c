/* SPDX-License-Identifier: MIT */
/* A barrier of three, but one of the three has found nothing to do and has ended without coming to it.
 *
 * expect: nobody-to-wake observed error
 *   says: 2 of 3 threads have come
 *   thread: first
 *     wants: meeting
 *     kind: barrier
 *   thread: second
 *     wants: meeting
 *     kind: barrier
 *   thread: main
 *     wants: the end of first
 */
#include "../gdb/stage.h"

static pthread_barrier_t meeting;

static void *work(void *arg)
{
	const char *name = arg;

	stage_name(name);
	if (strcmp(name, "third") != 0)
		pthread_barrier_wait(&meeting);
	return NULL;
}

int main(void)
{
	static char first[] = "first", second[] = "second", third[] = "third";
	pthread_t threads[3];

	stage_open(1);
	pthread_barrier_init(&meeting, NULL, 3);
	stage_lock("meeting", &meeting);
	pthread_create(&threads[2], NULL, work, third);
	pthread_join(threads[2], NULL);
	pthread_create(&threads[0], NULL, work, first);
	pthread_create(&threads[1], NULL, work, second);
	stage_name("main");
	pthread_join(threads[0], NULL);
	return 0;
}
