/* SPDX-License-Identifier: MIT */
/* Two processes share two read-write locks and write one each; one of them does not insist on reading the other.
 *
 * Twin of shared_rw_hang.c: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
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
	if (pthread_rwlock_tryrdlock(left) == 0) /* second reads left */
		pthread_rwlock_unlock(left);
	pthread_rwlock_unlock(right);
}

int main(void)
{
	left = family_rwlock();
	right = family_rwlock();
	return family_run(first, second);
}
