/* SPDX-License-Identifier: MIT */
/* A parent waits for the end of a child before it reads what the child writes, and the child writes more than the
 * pipe takes.
 *
 * expect: nobody-to-wake observed error
 *   threads: 2
 * hangs: yes
 */
#include <sys/wait.h>
#include <unistd.h>

enum { SIZE = 1 << 20 };

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
