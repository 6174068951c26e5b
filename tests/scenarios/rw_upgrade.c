/* SPDX-License-Identifier: MIT */
/* A thread reads under a read-write lock, and without giving it back asks to write: it waits for itself.
 *
 * expect: self-deadlock observed error
 *   thread: main
 *     holds: lock at reads
 *     wants: lock at writes
 * hangs: yes
 */
#include <pthread.h>
#include <stddef.h>

static pthread_rwlock_t lock;

int main(void)
{
	pthread_rwlock_init(&lock, NULL);
	pthread_rwlock_rdlock(&lock); /* reads */
	pthread_rwlock_wrlock(&lock); /* writes */
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_unlock(&lock);
	pthread_rwlock_destroy(&lock);
	return 0;
}
