/* SPDX-License-Identifier: MIT */
/* Two processes share two locks and take them in opposite orders; one of them does not insist.
 *
 * Twin of shared_hang.c: `second` tries, fails, and gives back what it has.
 *
 * expect: clean
 */
#include "family.h"

static pthread_mutex_t *left, *right;

static void first(void)
{
	pthread_mutex_lock(left); /* first takes left */
	family_meet();
	pthread_mutex_lock(right); /* first takes right */
	pthread_mutex_unlock(right);
	pthread_mutex_unlock(left);
}

static void second(void)
{
	pthread_mutex_lock(right); /* second takes right */
	family_meet();
	if (pthread_mutex_trylock(left) == 0) /* second takes left */
		pthread_mutex_unlock(left);
	pthread_mutex_unlock(right);
}

int main(void)
{
	left = family_mutex();
	right = family_mutex();
	return family_run(first, second);
}
