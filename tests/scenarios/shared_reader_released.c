/* SPDX-License-Identifier: MIT */
/* A process ends, and gives the read lock back before; another one writes.
 *
 * Twin of shared_reader_hang.c.
 *
 * expect: clean
 */
#include "family.h"

static pthread_rwlock_t *lock;

static void first(void)
{
	pthread_rwlock_rdlock(lock); /* first reads */
	family_meet();
	pthread_rwlock_unlock(lock);
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
