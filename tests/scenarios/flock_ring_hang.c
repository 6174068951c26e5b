/* SPDX-License-Identifier: MIT */
/* Two processes lock two files in opposite orders.
 *
 * expect: lock-order-cycle observed error
 *   thread: main
 *     holds: flock on /memfd:left (deleted) at first takes left
 *     wants: flock on /memfd:right (deleted) at first takes right
 *   thread: main
 *     holds: flock on /memfd:right (deleted) at second takes right
 *     wants: flock on /memfd:left (deleted) at second takes left
 * hangs: yes
 */
#include "family.h"
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>

static int left, right;

/* Another open file of the same file: who has locked one has not locked the other. */
static int open_again(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR);
}

static void first(void)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_left, LOCK_EX); /* first takes left */
	family_meet();
	flock(my_right, LOCK_EX); /* first takes right */
	flock(my_left, LOCK_UN);
}

static void second(void)
{
	int my_left = open_again(left), my_right = open_again(right);

	flock(my_right, LOCK_EX); /* second takes right */
	family_meet();
	flock(my_left, LOCK_EX); /* second takes left */
	flock(my_right, LOCK_UN);
}

int main(void)
{
	left = memfd_create("left", 0);
	right = memfd_create("right", 0);
	return family_run(first, second);
}
