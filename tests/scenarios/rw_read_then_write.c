/* SPDX-License-Identifier: MIT */
/* A thread reads under a read-write lock, gives it back, and takes it again to write.
 *
 * Twin of rw_upgrade.c: one unlock comes before.
 *
 * expect: clean
 */
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t lock;

int main(void)
{
	pthread_rwlock_init(&lock, NULL);
	pthread_rwlock_rdlock(&lock); /* reads */
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_wrlock(&lock); /* writes */
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_destroy(&lock);
	return 0;
}
