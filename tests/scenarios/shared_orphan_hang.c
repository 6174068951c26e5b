/* SPDX-License-Identifier: MIT */
/* A process ends with a lock in its hand that another one waits for; the lock is not robust, so nobody is told.
 *
 * expect: orphaned-lock observed error
 *   thread: main
 *     wants: at second takes it
 *   thread: main
 *     holds: at first takes it
 * hangs: yes
 */
#include "family.h"

static pthread_mutex_t *lock;

static void first(void)
{
	pthread_mutex_lock(lock); /* first takes it */
	family_meet();
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
