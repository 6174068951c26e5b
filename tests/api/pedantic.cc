/* SPDX-License-Identifier: MIT */
/* The public header alone, as strict C and as C++; without the shim none of the calls does anything. */
#include <snag/snag.h>

int main(void)
{
	int lock = 0;

	snag_acquiring(&lock);
	snag_acquired(&lock);
	snag_released(&lock);
	snag_breakpoint();
	return lock;
}
