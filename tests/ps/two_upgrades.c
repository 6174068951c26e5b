/* SPDX-License-Identifier: MIT */
/* Two threads read under one lock, and each asks to write before it has given the read lock back.
 *
 * Who reads is in no word of memory, so without the shim it is only said how many do, and that they must be among these.
 *
 * expect: nobody-to-wake observed error
 *   says: which 2 readers have: who has it waits here, too, or is gone
 *   shim: self-deadlock observed error
 *   thread: first
 *     wants: shelf
 *     kind: rwlock
 *   thread: second
 *     wants: shelf
 *     kind: rwlock
 *   thread: main
 *     wants: the end of first
 */
#include "../gdb/stage.h"

static pthread_rwlock_t shelf = PTHREAD_RWLOCK_INITIALIZER;

static void *upgrade(void *arg)
{
	stage_name(arg);
	pthread_rwlock_rdlock(&shelf);
	stage_meet();
	pthread_rwlock_wrlock(&shelf);
	return NULL;
}

int main(void)
{
	static char first[] = "first", second[] = "second";
	pthread_t threads[2];

	stage_open(2);
	stage_lock("shelf", &shelf);
	pthread_create(&threads[0], NULL, upgrade, first);
	pthread_create(&threads[1], NULL, upgrade, second);
	stage_name("main");
	pthread_join(threads[0], NULL);
	return 0;
}
