/* SPDX-License-Identifier: MIT */
/* A reader takes its read lock again behind a writer who waits for it.
 *
 * The lock is of the kind that lets no reader pass.
 *
 * expect: read-behind-writer observed error
 *   thread: reader
 *     holds: table at reader reads
 *     wants: table at reader reads again
 *   thread: writer
 *     wants: table at writer writes
 * hangs: yes
 */
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_barrier_t is_read;

/* A writer who waits keeps readers out. */
static void wait_for_writer(void)
{
	while (pthread_rwlock_tryrdlock(&table) == 0)
		pthread_rwlock_unlock(&table);
}

static void *reader(void *arg)
{
	pthread_rwlock_rdlock(&table); /* reader reads */
	pthread_barrier_wait(&is_read);
	wait_for_writer();
	pthread_rwlock_rdlock(&table); /* reader reads again */
	pthread_rwlock_unlock(&table);
	pthread_rwlock_unlock(&table);
	return NULL;
}

static void *writer(void *arg)
{
	pthread_barrier_wait(&is_read);
	pthread_rwlock_wrlock(&table); /* writer writes */
	pthread_rwlock_unlock(&table);
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	pthread_barrier_init(&is_read, NULL, 2);
	pthread_create(&one, NULL, reader, NULL);
	pthread_create(&two, NULL, writer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
