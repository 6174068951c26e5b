/* SPDX-License-Identifier: MIT */
/* The wrappers of regular shape, written by the rows of hooks.def.
 *
 * The rules of all hooks:
 *  1. real.NAME can be called at any time, before the constructor too.  Success is never faked.
 *  2. The guard is never held across the real call: it may be cancelled, block for ever, or call hooks itself.
 *  3. Facts about waiting are recorded before the real call, facts about holding after it succeeded; a lock is given back
 *     in our books before it is given back in truth, since its memory may be gone a moment later.
 *  4. A call that waits is first tried without waiting.  So only a thread that must wait pays for saying so.
 *  5. errno, the result and the cancellation behaviour are the real call's.
 *  6. A hook takes its own return address and frame: they say where in the program it was called.
 */
#include "hooks.h"

#include <errno.h>

static inline bool is_acquired(int rc)
{
	return rc == 0 || rc == EOWNERDEAD;
}

#define HOOK_INIT(returns, name, params, args, kind, mode, object, extra)                                             \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;                             \
		int rc = real.name args;                                                                              \
                                                                                                                      \
		if (t && rc == 0)                                                                                     \
			hook_initialised(t, (uintptr_t)object, OBJECT_##kind, stack);                                 \
		return rc;                                                                                            \
	}

#define HOOK_DESTROY(returns, name, params, args, kind, mode, object, extra)                                          \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;                             \
		int rc;                                                                                               \
                                                                                                                      \
		if (t)                                                                                                \
			hook_destroying(t, (uintptr_t)object, OBJECT_##kind, stack);                                  \
		rc = real.name args;                                                                                  \
		if (t && rc == 0)                                                                                     \
			hook_destroyed(t, (uintptr_t)object, stack);                                                  \
		return rc;                                                                                            \
	}

#define ACQUIRE(returns, name, params, args, kind, mode, object, try, flags)                                          \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		struct live_saved saved;                                                                              \
		uint32_t stack;                                                                                       \
		int rc;                                                                                               \
                                                                                                                      \
		if (unlikely(!t))                                                                                     \
			return real.name args;                                                                        \
		stack = stack_here(t, return_address(), caller_frame());                                              \
		record_want(t, OP_ACQUIRE, (uintptr_t)object, OBJECT_##kind, MODE_##mode, flags, stack, 0);           \
		rc = real.try;                                                                                        \
		if (unlikely(rc == EBUSY)) {                                                                          \
			hook_wait_begin(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode, flags, stack, &saved);      \
			rc = real.name args;                                                                          \
			live_wait_end(t, &saved);                                                                     \
		}                                                                                                     \
		if (likely(is_acquired(rc)))                                                                          \
			record_acquired(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode, stack);                     \
		return rc;                                                                                            \
	}
#define HOOK_LOCK(returns, name, params, args, kind, mode, object, try)                                               \
	ACQUIRE(returns, name, params, args, kind, mode, object, try, 0)
#define HOOK_TIMED(returns, name, params, args, kind, mode, object, try)                                              \
	ACQUIRE(returns, name, params, args, kind, mode, object, try, DEP_TIMED)

#define HOOK_TRY(returns, name, params, args, kind, mode, object, extra)                                              \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		int rc = real.name args;                                                                              \
                                                                                                                      \
		if (likely(t) && is_acquired(rc))                                                                     \
			record_acquired(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode,                             \
					stack_here(t, return_address(), caller_frame()));                             \
		return rc;                                                                                            \
	}

#define HOOK_UNLOCK(returns, name, params, args, kind, mode, object, extra)                                           \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		struct live_hold hold;                                                                                \
		bool was_held;                                                                                        \
		int rc;                                                                                               \
                                                                                                                      \
		if (unlikely(!t)) {                                                                                   \
			hook_unlock_unrecorded((uintptr_t)object);                                                    \
			return real.name args;                                                                        \
		}                                                                                                     \
		was_held = record_released(t, (uintptr_t)object, return_address(), caller_frame(), &hold);            \
		rc = real.name args;                                                                                  \
		if (unlikely(rc != 0) && was_held)                                                                    \
			record_acquired(t, hold.address, OBJECT_##kind, MODE_##mode, hold.stack);                     \
		return rc;                                                                                            \
	}

#define HOOK_CUSTOM(returns, name, params, args, kind, mode, object, extra)

#define HOOK(shape, returns, name, params, args, kind, mode, object, extra)                                           \
	HOOK_##shape(returns, name, params, args, kind, mode, object, extra)
#include "hooks.def"

/* ---- cold parts ------------------------------------------------------------------------------------------------- */

cold void hook_initialised(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	thread_enter(t);
	object_init(t, address, kind, stack);
	thread_leave(t);
}

cold void hook_destroying(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	thread_enter(t);
	if (kind == OBJECT_MUTEX && words_mutex_owner(address))
		record_destroy_held(t, address, words_mutex_owner(address), stack);
	thread_leave(t);
}

cold void hook_destroyed(struct thread *t, uintptr_t address, uint32_t stack)
{
	thread_enter(t);
	object_end(t, address, stack);
	thread_leave(t);
}

cold void hook_unlock_unrecorded(uintptr_t address)
{
	if (thread_is_interrupted())
		record_released_by_other(address);
}

cold void hook_wait_begin(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
			  uint32_t flags, uint32_t stack, struct live_saved *ret_saved)
{
	/* Not a wait: the real call says EDEADLK. */
	if (kind == OBJECT_MUTEX && words_detects_relock(address) && words_mutex_owner(address) == t->slot->tid)
		flags |= DEP_TIMED;
	live_wait_begin(t, &(struct live_want){address, kind, mode, flags, stack, 0}, ret_saved);
}
