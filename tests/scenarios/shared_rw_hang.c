/* SPDX-License-Identifier: MIT */
/* Two processes share two read-write locks; each writes one of them and waits to read the other.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: at first writes left
 *     wants: at first reads right
 *   thread: main
 *     holds: at second writes right
 *     wants: at second reads left
 * hangs: yes
 */
#include "family.h"

static pthread_rwlock_t *left, *right;

static void first(void)
{
	pthread_rwlock_wrlock(left); /* first writes left */
	family_meet();
	pthread_rwlock_rdlock(right); /* first reads right */
	pthread_rwlock_unlock(right);
	pthread_rwlock_unlock(left);
}

static void second(void)
{
	pthread_rwlock_wrlock(right); /* second writes right */
	family_meet();
	if (pthread_rwlock_rdlock(left) == 0) /* second reads left */
		pthread_rwlock_unlock(left);
	pthread_rwlock_unlock(right);
}

int main(void)
{
	left = family_rwlock();
	right = family_rwlock();
	return family_run(first, second);
}
