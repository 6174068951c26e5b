/* SPDX-License-Identifier: MIT */
/* Futexes used without pthreads, through libc's syscall(): a wait whose owner nobody knows. */
#include "hooks.h"

#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { LARGEST_OBJECT = sizeof(pthread_rwlock_t) };

static bool is_wait(long number, int operation)
{
	if (number != SYS_futex)
		return false;
	operation &= FUTEX_CMD_MASK;
	return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET || operation == FUTEX_LOCK_PI;
}

/* Is it how the object that the thread says it waits for is waited for?  libstdc++'s static guards call syscall(). */
static bool is_told(const struct thread *t, uintptr_t futex)
{
	const struct live_slot *slot = t->slot;

	return slot->epoch & 1 && futex - slot->want_address < LARGEST_OBJECT;
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
	if (!t || is_told(t, (uintptr_t)a[0]))
		return real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	want.address = (uint64_t)a[0];
	want.flags = a[3] ? DEP_TIMED : 0;
	want.stack = stack_here(t, return_address(), caller_frame());
	live_wait_begin(t, &want, &saved);
	result = real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
	live_wait_end(t, &saved);
	return result;
}
