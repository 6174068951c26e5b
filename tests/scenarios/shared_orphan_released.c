/* SPDX-License-Identifier: MIT */
/* A process ends, and gives back before what it has in common with another one.
 *
 * Twin of shared_orphan_hang.c.
 *
 * expect: clean
 */
#include "family.h"

static pthread_mutex_t *lock;

static void first(void)
{
	pthread_mutex_lock(lock); /* first takes it */
	family_meet();
	pthread_mutex_unlock(lock);
}

static void second(void)
{
	family_meet();
	pthread_mutex_lock(lock); /* second takes it */
	pthread_mutex_unlock(lock);
}

int main(void)
{
	lock = family_mutex();
	return family_run(first, second);
}
