/* SPDX-License-Identifier: MIT */
/* A parent waits for the end of a child before it reads what the child writes, which is little.
 *
 * Twin of child_output_hang.c.
 *
 * expect: clean
 */
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 10 };

int main(void)
{
	static char text[SIZE];
	int ends[2];

	if (pipe(ends))
		return 1;
	if (fork() == 0)
		_exit(write(ends[1], text, SIZE) != SIZE);
	wait(NULL);
	close(ends[1]);
	while (read(ends[0], text, sizeof(text)) > 0)
		continue;
	return 0;
}
