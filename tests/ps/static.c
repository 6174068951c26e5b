/* SPDX-License-Identifier: MIT */
/* A program without shared libraries, which waits for a signal. */
#include <unistd.h>

int main(void)
{
	for (;;)
		pause();
}
