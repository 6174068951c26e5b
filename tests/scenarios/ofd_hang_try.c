/* SPDX-License-Identifier: MIT */
/* Two processes lock two bytes of a file in opposite orders; one of them does not insist.
 *
 * Twin of ofd_hang.c.
 *
 * expect: clean
 */
#include "family.h"
#include <fcntl.h>
#include <stdio.h>

static int table;

static int open_again(int file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR);
}

static int lock_byte(int file, off_t byte, int command)
{
	struct flock range = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = byte, .l_len = 1};

	return fcntl(file, command, &range); /* locks a byte */
}

static void first(void)
{
	int mine = open_again(table);

	lock_byte(mine, 0, F_OFD_SETLKW); /* first takes byte 0 */
	family_meet();
	lock_byte(mine, 1, F_OFD_SETLKW); /* first takes byte 1 */
	close(mine);
}

static void second(void)
{
	int mine = open_again(table);

	lock_byte(mine, 1, F_OFD_SETLKW); /* second takes byte 1 */
	family_meet();
	lock_byte(mine, 0, F_OFD_SETLK); /* second takes byte 0 */
	close(mine);
}

int main(void)
{
	table = memfd_create("table", 0);
	return family_run(first, second);
}
