/* SPDX-License-Identifier: MIT */
/* A process locks a file that it has locked already, by another open file: to the kernel that is somebody else.
 *
 * expect: self-deadlock observed error
 *   thread: main
 *     holds: flock on /memfd:table (deleted) at main takes it
 *     wants: flock on /memfd:table (deleted) at main takes it again
 * hangs: yes
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
	flock(again, LOCK_EX); /* main takes it again */
	close(again);
	close(once);
	return 0;
}
