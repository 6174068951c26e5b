/* SPDX-License-Identifier: MIT */
/* Streams as locks: flockfile().  What stdio locks inside its own calls is not seen. */
#include "hooks.h"

/* A stream may be locked again by the thread that has it. */
static cold void locked_slowly(FILE *f, uintptr_t pc, uintptr_t frame, bool is_locked)
{
	struct hook_acquire acquire;

	hook_acquire_begin(&acquire, pc, frame, (uintptr_t)f, OBJECT_STREAM, MODE_WRITE, 0);
	/* Who was held back may find it free by now, or has had it all along. */
	if (!is_locked && real.ftrylockfile(f) != 0) {
		hook_wait_begin(&acquire);
		real.flockfile(f);
		hook_wait_end(&acquire);
	}
	hook_acquire_end(&acquire, 0);
}

exported void flockfile(FILE *f)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t stack;
	bool is_locked;

	if (unlikely(!t))
		return real.flockfile(f);
	stack = stack_cached(t, return_address(), caller_frame());
	is_locked = real_first.ftrylockfile(f) == 0;
	if (unlikely(!is_locked || stack == STACK_NOT_CACHED ||
		     !record_known(t, stack, (uintptr_t)f, OBJECT_STREAM, MODE_WRITE, 0, true)))
		locked_slowly(f, return_address(), caller_frame(), is_locked);
	else
		full_acquired(t, (uintptr_t)f, OBJECT_STREAM, MODE_WRITE, stack, 0);
}

exported int ftrylockfile(FILE *f)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.ftrylockfile(f);

	if (t && rc == 0)
		record_acquired_by_try(t, (uintptr_t)f, OBJECT_STREAM, MODE_WRITE,
				       stack_here(t, return_address(), caller_frame()));
	return rc;
}

exported void funlockfile(FILE *f)
{
	if (thread_active && record_released_newest((uintptr_t)f))
		full_released(thread_active, (uintptr_t)f, OBJECT_STREAM);
	else
		hook_unlocking(return_address(), caller_frame(), (uintptr_t)f, OBJECT_STREAM);
	real.funlockfile(f);
}
