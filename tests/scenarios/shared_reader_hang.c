/* SPDX-License-Identifier: MIT */
/* A process ends with a read lock in its hand; another one waits to write.
 *
 * No word of the lock says who reads. That the reader has ended is known by its own trace.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: at second writes
 *   thread: main
 *     holds: at first reads
 * hangs: yes
 */
#include "family.h"

static pthread_rwlock_t *lock;

static void first(void)
{
	pthread_rwlock_rdlock(lock); /* first reads */
	family_meet();
}

static void second(void)
{
	family_meet();
	pthread_rwlock_wrlock(lock); /* second writes */
	pthread_rwlock_unlock(lock);
}

int main(void)
{
	lock = family_rwlock();
	return family_run(first, second);
}
