/* SPDX-License-Identifier: MIT */
/* A reader reads again, when readers must let writers pass that wait; a mutex keeps the writers out.
 *
 * confirm: read-behind-writer violated
 */
#include <pthread.h>

static pthread_rwlock_t table = PTHREAD_RWLOCK_WRITER_NONRECURSIVE_INITIALIZER_NP;
static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *look_up_twice(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_rwlock_rdlock(&table);
	pthread_rwlock_rdlock(&table);
	pthread_rwlock_unlock(&table);
	pthread_rwlock_unlock(&table);
	pthread_mutex_unlock(&gate);
	return unused;
}

static void *change(void *unused)
{
	pthread_mutex_lock(&gate);
	pthread_rwlock_wrlock(&table);
	pthread_rwlock_unlock(&table);
	pthread_mutex_unlock(&gate);
	return unused;
}

int main(void)
{
	pthread_t reader, writer;

	pthread_create(&reader, NULL, look_up_twice, NULL);
	pthread_create(&writer, NULL, change, NULL);
	pthread_join(reader, NULL);
	pthread_join(writer, NULL);
	return 0;
}
