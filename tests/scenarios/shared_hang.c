/* SPDX-License-Identifier: MIT */
/* Two processes share two locks and take them in opposite orders; they meet with one lock each in their hands.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: at first takes left
 *     wants: at first takes right
 *   thread: main
 *     holds: at second takes right
 *     wants: at second takes left
 * hangs: yes
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
	if (pthread_mutex_lock(left) == 0) /* second takes left */
		pthread_mutex_unlock(left);
	pthread_mutex_unlock(right);
}

int main(void)
{
	left = family_mutex();
	right = family_mutex();
	return family_run(first, second);
}
