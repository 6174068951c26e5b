/* SPDX-License-Identifier: MIT */
/* Two processes each read from a pipe that only the other writes to.
 *
 * expect: nobody-to-wake observed error
 *   threads: 3
 * hangs: yes
 */
#include "family.h"

static int to_first[2], to_second[2];
static char word;

static void first(void)
{
	close(to_first[1]);
	if (read(to_first[0], &word, 1) < 0)
		return;
	if (write(to_second[1], &word, 1) < 0)
		return;
}

static void second(void)
{
	close(to_second[1]);
	if (read(to_second[0], &word, 1) < 0)
		return;
	if (write(to_first[1], &word, 1) < 0)
		return;
}

int main(void)
{
	if (pipe(to_first) || pipe(to_second))
		return 1;
	return family_run(first, second);
}
