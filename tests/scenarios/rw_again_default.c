/* SPDX-License-Identifier: MIT */
/* A reader takes its read lock a second time, in a function that it calls, and there is a writer.
 *
 * Twin of rw_again.c: a lock of the default kind, where readers pass.
 *
 * expect: clean
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
static atomic_int finished;

static void look_up(void)
{
	pthread_rwlock_rdlock(&table); /* look_up reads */
	pthread_rwlock_unlock(&table);
}

static void *reader(void *arg)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	pthread_rwlock_rdlock(&table); /* reader reads */
	look_up(); /* reader looks up */
	pthread_rwlock_unlock(&table);
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
