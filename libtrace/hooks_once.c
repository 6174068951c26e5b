/* SPDX-License-Identifier: MIT */
/* Things done once: pthread_once, call_once, and the guards of C++ static locals.
 *
 * The thread that runs the routine holds the once object meanwhile; the others wait for it.  The routine is ours, and
 * calls the program's: so it is known who runs it, and for how long.
 */
#include "hooks.h"

/* The C++ runtime has no C header. */
int __cxa_guard_acquire(uint64_t *guard);
void __cxa_guard_release(uint64_t *guard);
void __cxa_guard_abort(uint64_t *guard);

/* One call of a once function by this thread; nested calls are a list. */
struct once_call {
	struct once_call *outer;
	void (*routine)(void);
	struct hook_acquire acquire;
};

static __thread struct once_call *once_now __attribute__((tls_model("initial-exec")));

/* The routine that the real function is given. */
static void run_routine(void)
{
	struct once_call *call = once_now;

	hook_wait_end(&call->acquire);
	hook_acquire_end(&call->acquire, 0);
	once_now = call->outer;
	call->routine();
	once_now = call;
	hook_unlocking(return_address(), caller_frame(), call->acquire.want.address, OBJECT_ONCE);
	hook_wait_begin(&call->acquire);
}

static void call_end(void *argument)
{
	struct once_call *call = argument;

	once_now = call->outer;
	hook_wait_end(&call->acquire);
}

#define RUN_ONCE(call_real, once, routine_)                                                                           \
	struct once_call call = {.outer = once_now, .routine = routine_};                                             \
                                                                                                                      \
	hook_acquire_begin(&call.acquire, return_address(), caller_frame(), (uintptr_t)(once), OBJECT_ONCE,           \
			   MODE_WRITE, 0);                                                                            \
	once_now = &call;                                                                                             \
	hook_wait_begin(&call.acquire);                                                                               \
	pthread_cleanup_push(call_end, &call);                                                                        \
	call_real;                                                                                                    \
	pthread_cleanup_pop(1)

/* Nobody waits for what is done; but in another run this thread would have waited for it, with its locks held. */
static cold void would_have_waited(uintptr_t pc, uintptr_t frame, uintptr_t once)
{
	struct hook_acquire acquire;

	hook_acquire_begin(&acquire, pc, frame, once, OBJECT_ONCE, MODE_WRITE, 0);
}

/* What this thread does from now on came after the routine, in every run: as if it had the object for a moment, shared. */
static cold void record_passed(uintptr_t pc, uintptr_t frame, uintptr_t once, enum object_kind kind)
{
	struct thread *t = thread_here(frame);

	if (!t)
		return;
	full_acquired(t, once, kind, MODE_READ, stack_here(t, pc, frame), 0);
	full_released(t, once, kind);
}

static always_inline void passed(uintptr_t pc, uintptr_t frame, uintptr_t once, enum object_kind kind)
{
	if (unlikely(switches.records_all))
		record_passed(pc, frame, once, kind);
}

exported int pthread_once(pthread_once_t *once, void (*routine)(void))
{
	int rc = 0;

	if (words_once_is_done(once)) {
		if (thread_active && thread_hot.slot->n_holds)
			would_have_waited(return_address(), caller_frame(), (uintptr_t)once);
		passed(return_address(), caller_frame(), (uintptr_t)once, OBJECT_ONCE);
		return real.pthread_once(once, routine);
	}
	if (!thread_here(caller_frame()))
		return real.pthread_once(once, routine);
	{
		RUN_ONCE(rc = real.pthread_once(once, run_routine), once, routine);
	}
	passed(return_address(), caller_frame(), (uintptr_t)once, OBJECT_ONCE);
	return rc;
}

exported void call_once(once_flag *once, void (*routine)(void))
{
	if (words_once_is_done((int *)once)) {
		if (thread_active && thread_hot.slot->n_holds)
			would_have_waited(return_address(), caller_frame(), (uintptr_t)once);
		passed(return_address(), caller_frame(), (uintptr_t)once, OBJECT_ONCE);
		return real.call_once(once, routine);
	}
	if (!thread_here(caller_frame()))
		return real.call_once(once, routine);
	{
		RUN_ONCE(real.call_once(once, run_routine), once, routine);
	}
	passed(return_address(), caller_frame(), (uintptr_t)once, OBJECT_ONCE);
}

/* ---- C++ static locals ------------------------------------------------------------------------------------------- */

/* 1: the caller is to initialise the variable, and holds its guard until release or abort. */
exported int __cxa_guard_acquire(uint64_t *guard)
{
	struct thread *t = thread_here(caller_frame());
	struct hook_acquire acquire;
	int is_ours;

	if (!t)
		return real.__cxa_guard_acquire(guard);
	hook_acquire_begin(&acquire, return_address(), caller_frame(), (uintptr_t)guard, OBJECT_GUARD, MODE_WRITE, 0);
	hook_wait_begin(&acquire);
	is_ours = real.__cxa_guard_acquire(guard);
	hook_wait_end(&acquire);
	if (is_ours)
		hook_acquire_end(&acquire, 0);
	else
		passed(return_address(), caller_frame(), (uintptr_t)guard, OBJECT_GUARD);
	return is_ours;
}

exported void __cxa_guard_release(uint64_t *guard)
{
	hook_unlocking(return_address(), caller_frame(), (uintptr_t)guard, OBJECT_GUARD);
	real.__cxa_guard_release(guard);
}

exported void __cxa_guard_abort(uint64_t *guard)
{
	hook_unlocking(return_address(), caller_frame(), (uintptr_t)guard, OBJECT_GUARD);
	real.__cxa_guard_abort(guard);
}
