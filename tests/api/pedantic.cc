/* SPDX-License-Identifier: MIT */
/* The public header alone, as strict C and as C++; without the shim none of the calls does anything. */
#include <snag/snag.h>

int main(void)
{
	int lock = 0;

	snag_acquiring(&lock);
	snag_acquired(&lock);
	snag_released(&lock);
	snag_name_lock(&lock, "a lock");
	snag_name_thread("a thread");
	snag_order(&lock, &lock + 1);
	snag_ignore_begin();
	snag_ignore_end();
	snag_breakpoint();
	return lock;
}
