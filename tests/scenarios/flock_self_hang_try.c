/* SPDX-License-Identifier: MIT */
/* A process tries to lock a file that it has locked already, by another open file, and does not insist.
 *
 * Twin of flock_self_hang.c.
 *
 * expect: clean
 */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <unistd.h>

int main(void)
{
	int once = memfd_create("table", 0), again;
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", once);
	again = open(path, O_RDWR);
	flock(once, LOCK_EX); /* main takes it */
	flock(again, LOCK_EX | LOCK_NB); /* main takes it again */
	close(again);
	close(once);
	return 0;
}
