/* SPDX-License-Identifier: MIT */
/* Waits for io_uring, to which it has given nothing to do.  Exits with 77 where there is none. */
#include <linux/io_uring.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void)
{
	struct io_uring_params parameters = {0};
	long fd = syscall(SYS_io_uring_setup, 4, &parameters);

	return fd < 0 ? 77 : (int)syscall(SYS_io_uring_enter, fd, 0, 1, IORING_ENTER_GETEVENTS, NULL, 0);
}
