/* SPDX-License-Identifier: MIT */
/* The part of the public API that records: locks that the program has made itself. */
#include "hooks.h"
#include "include/snag/snag.h"

#undef snag_acquiring
#undef snag_acquired
#undef snag_released

/* What the thread has said it waits for. */
static __thread struct hook_acquire waiting;

exported void snag_acquiring(const volatile void *lock)
{
	if (!thread_here(caller_frame()) || waiting.t)
		return;
	hook_acquire_begin(&waiting, return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN, MODE_WRITE, 0);
	hook_wait_begin(&waiting);
}

exported void snag_acquired(const volatile void *lock)
{
	struct hook_acquire acquire = waiting;

	waiting.t = NULL;
	if (acquire.t)
		hook_wait_end(&acquire);
	if (!thread_here(caller_frame()))
		return;
	if (!acquire.t || acquire.want.address != (uintptr_t)lock)
		hook_acquire_begin(&acquire, return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN, MODE_WRITE,
				   0);
	hook_acquire_end(&acquire, 0);
}

exported void snag_released(const volatile void *lock)
{
	if (thread_active && record_released_newest((uintptr_t)lock))
		full_released(thread_active, (uintptr_t)lock, OBJECT_SPIN);
	else
		hook_unlocking(return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN);
}
