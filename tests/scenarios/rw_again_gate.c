/* SPDX-License-Identifier: MIT */
/* A reader takes its read lock a second time; a mutex keeps the writer out of it.
 *
 * Twin of rw_again.c: the mutex is released after it, not before.
 *
 * expect: read-behind-writer guarded note
 *   thread: reader
 *     holds: gate at reader takes the gate
 *     holds: table at reader reads
 *     wants: table at look_up reads < reader looks up
 *   thread: writer
 *     holds: gate at writer takes the gate
 *     wants: table at writer writes
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void look_up(void)
{
	pthread_rwlock_rdlock(&table); /* look_up reads */
	pthread_rwlock_unlock(&table);
}

static void *reader(void *arg)
{
	pthread_mutex_lock(&gate); /* reader takes the gate */
	pthread_rwlock_rdlock(&table); /* reader reads */
	look_up(); /* reader looks up */
	pthread_rwlock_unlock(&table);
	pthread_mutex_unlock(&gate);
	finished++;
	return NULL;
}

static void *writer(void *arg)
{
	pthread_mutex_lock(&gate); /* writer takes the gate */
	pthread_rwlock_wrlock(&table); /* writer writes */
	pthread_rwlock_unlock(&table);
	pthread_mutex_unlock(&gate);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_create(&one, NULL, reader, NULL);
	while (!finished)
		sched_yield();
	pthread_create(&two, NULL, writer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
