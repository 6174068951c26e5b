/* SPDX-License-Identifier: MIT */
/* A thread takes a read lock that it holds for reading once more, while a writer waits that readers must let go first.
 *
 * expect: deadlock
 *   thread: reader
 *     holds: table at reader takes the lock
 *     wants: table at reader takes it again
 *   thread: writer
 *     wants: table at writer waits
 *   behind: main
 */
#include <sched.h>

#include "stage.h"

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;

static void *reader(void *arg)
{
	stage_name("reader");
	pthread_rwlock_rdlock(&table); /* reader takes the lock */
	stage_meet();
	while (!pthread_rwlock_tryrdlock(&table)) { /* until the writer waits */
		pthread_rwlock_unlock(&table);
		sched_yield();
	}
	pthread_rwlock_rdlock(&table); /* reader takes it again */
	return NULL;
}

static void *writer(void *arg)
{
	stage_name("writer");
	stage_meet();
	pthread_rwlock_wrlock(&table); /* writer waits */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	stage_open(2);
	stage_name("main");
	stage_lock("table", &table);
	pthread_create(&one, NULL, reader, NULL);
	pthread_create(&two, NULL, writer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
