/* SPDX-License-Identifier: MIT */
/* Two readers and a mutex between them, in opposite orders; the only writer does not wait.
 *
 * Twin of rw_writer_between.c: the writer tries.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t log_lock = PTHREAD_MUTEX_INITIALIZER;
static atomic_int turn;

static void wait_for_turn(int mine)
{
	while (turn != mine)
		sched_yield();
}

static void *reader(void *arg)
{
	pthread_rwlock_rdlock(&table); /* reader reads */
	pthread_mutex_lock(&log_lock); /* reader logs */
	pthread_mutex_unlock(&log_lock);
	pthread_rwlock_unlock(&table);
	turn = 1;
	return NULL;
}

static void *logger(void *arg)
{
	wait_for_turn(1);
	pthread_mutex_lock(&log_lock); /* logger logs */
	pthread_rwlock_rdlock(&table); /* logger reads */
	pthread_rwlock_unlock(&table);
	pthread_mutex_unlock(&log_lock);
	turn = 2;
	return NULL;
}

static void *writer(void *arg)
{
	wait_for_turn(2);
	if (pthread_rwlock_trywrlock(&table) == 0) /* writer writes */
		pthread_rwlock_unlock(&table);
	return NULL;
}

int main(void)
{
	pthread_t threads[3];

	pthread_create(&threads[0], NULL, reader, NULL);
	pthread_create(&threads[1], NULL, logger, NULL);
	pthread_create(&threads[2], NULL, writer, NULL);
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
