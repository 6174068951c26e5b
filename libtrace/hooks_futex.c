/* SPDX-License-Identifier: MIT */
/* Futexes used without pthreads, through libc's syscall(): a wait whose owner nobody knows. */
#include "hooks.h"

#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

static bool is_wait(long number, int operation)
{
	if (number != SYS_futex)
		return false;
	operation &= FUTEX_CMD_MASK;
	return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET || operation == FUTEX_LOCK_PI;
}

/* As the kernel is called: six arguments, whether they were given or not. */
exported long syscall(long number, ...)
{
	struct live_want want = {.kind = OBJECT_FUTEX, .mode = MODE_TOKEN};
	struct live_saved saved;
	struct thread *t;
	long a[6], result;
	va_list more;

	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	real_need_all();
	if (likely(!is_wait(number, (int)a[1])))
		return real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	t = thread_here(caller_frame());
	if (!t)
		return real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	want.address = (uint64_t)a[0];
	want.flags = a[3] ? DEP_TIMED : 0;
	want.stack = stack_here(t, return_address(), caller_frame());
	live_wait_begin(t, &want, &saved);
	result = real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	live_wait_end(t, &saved);
	return result;
}
