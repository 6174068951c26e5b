/* SPDX-License-Identifier: MIT */
/* The wrappers of regular shape, written by the rows of hooks.def.
 *
 * The rules of all hooks:
 *  1. real.NAME can be called at any time, before the constructor too.  Success is never faked.
 *  2. The guard is never held across the real call: it may be cancelled, block for ever, or call hooks itself.
 *  3. A call that waits is first tried without waiting: only a thread that must wait pays for saying so.  Facts about a
 *     wait are recorded before it, facts about holding after the real call succeeded.
 *  4. A lock is given back in our books before it is given back in truth: its memory may be gone a moment later.
 *  5. errno, the result and the cancellation behaviour are the real call's.
 *  6. A hook takes its own return address and frame: they say where in the program it was called.
 */
#include "hooks.h"

#include "arena.h"
#include "blocks.h"
#include "machine.h"

#include <errno.h>
#include <threads.h>

enum { MAX_EXCHANGES = 4 };

/* The C11 functions have their own words: thrd_success is 0, like the others' success. */
static inline bool is_acquired(int rc)
{
	return rc == 0 || rc == EOWNERDEAD;
}

static inline bool is_busy(int rc)
{
	return rc == EBUSY || rc == thrd_busy;
}

static void waited(struct hook_acquire *acquire, int rc);

_Static_assert(thrd_success == 0 && thrd_busy == EPERM, "no pthread function that only tries says EPERM");

static always_inline int try_plain(pthread_mutex_t *m)
{
	if (likely(plain_is_seen(m)))
		return plain_acquire(m, thread_hot.tid) ? 0 : EBUSY;
	return real_first.pthread_mutex_trylock(m);
}

static always_inline int try_plain_read(pthread_rwlock_t *l)
{
	return likely(switches.plain_rwlocks) && likely(plain_read_acquire(l)) ? 0 : real_first.pthread_rwlock_tryrdlock(l);
}

/* The return address once more, where that is kept beside the frame: then it need not be in a register meanwhile. */
static always_inline uintptr_t pc_again(uintptr_t pc, uintptr_t frame)
{
	return CALL_PUSHES ? ((const volatile uintptr_t *)frame)[-1] : pc;
}

/* ... and it may be read wherever it is needed. */
static always_inline uintptr_t pc_beside(uintptr_t pc, uintptr_t frame)
{
	return CALL_PUSHES ? ((const uintptr_t *)frame)[-1] : pc;
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

/* first: it is tried by this, before anything is said of it.  tries: may it be?  If not, rc is as if it had been in vain. */
#define ACQUIRE(returns, name, params, args, kind, mode, object, try, first, tries, flags)                            \
	/* There is something to be written, or it was not to be had at once: rc says why. */                         \
	static cold returns after_##name(int rc, uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)                    \
	{                                                                                                             \
		struct hook_acquire acquire;                                                                          \
                                                                                                                      \
		hook_acquire_begin(&acquire, pc, frame, (uintptr_t)object, OBJECT_##kind, MODE_##mode, flags);        \
		/* Who was held back has not tried yet. */                                                            \
		if (unlikely(switches.steers && is_busy(rc) && (tries)))                                              \
			rc = real.try;                                                                                \
		if (is_busy(rc)) {                                                                                    \
			hook_wait_begin(&acquire);                                                                    \
			rc = real.name args;                                                                          \
			waited(&acquire, rc);                                                                         \
			return rc;                                                                                    \
		}                                                                                                     \
		hook_acquire_end(&acquire, rc);                                                                       \
		return rc;                                                                                            \
	}                                                                                                             \
                                                                                                                      \
	/* What is known is looked for where it takes longer. */                                                      \
	static __attribute__((noinline)) returns found_##name(int rc, uintptr_t pc, uintptr_t frame, ARGUMENTS_ params) \
	{                                                                                                             \
		struct thread *t = thread_active;                                                                     \
		uint32_t stack = stack_cached(t, pc, frame);                                                          \
                                                                                                                      \
		if (likely(rc == 0 && stack != STACK_NOT_CACHED &&                                                    \
			   record_known(t, stack, (uintptr_t)object, OBJECT_##kind, MODE_##mode, flags, true))) {     \
			full_acquired(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode, stack, 0);                    \
			return 0;                                                                                     \
		}                                                                                                     \
		return after_##name(rc, pc, frame, ARGUMENTS_ args);                                                  \
	}                                                                                                             \
                                                                                                                      \
	static always_inline returns acquire_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)                 \
	{                                                                                                             \
		struct thread *t;                                                                                     \
		uint32_t stack;                                                                                       \
		int rc;                                                                                               \
                                                                                                                      \
		if (unlikely(!thread_here(frame)))                                                                    \
			return real.name args;                                                                        \
		rc = (tries) ? first : EBUSY;                                                                         \
		t = thread_active;                                                                                    \
		pc = pc_again(pc, frame);                                                                             \
		stack = stack_at_hand(t, pc, frame);                                                                  \
		if (unlikely(rc != 0 || stack == STACK_NOT_CACHED ||                                                  \
			     !record_known(t, stack, (uintptr_t)object, OBJECT_##kind, MODE_##mode, flags, false)))   \
			return found_##name(rc, pc, frame, ARGUMENTS_ args);                                          \
		if (unlikely(switches.is_seen))                                                                       \
			return full_write_acquired(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode, stack, 0);       \
		return 0;                                                                                             \
	}
#define ACQUIRE_EXPORTED(returns, name, params, args, kind, mode, object, try, first, tries, flags)                   \
	ACQUIRE(returns, name, params, args, kind, mode, object, try, first, tries, flags)                            \
	exported returns name params                                                                                  \
	{                                                                                                             \
		return acquire_##name(return_address(), caller_frame(), ARGUMENTS_ args);                             \
	}
#define HOOK_LOCK(returns, name, params, args, kind, mode, object, try)                                               \
	ACQUIRE_EXPORTED(returns, name, params, args, kind, mode, object, try, real_first.try, true, 0)
#define HOOK_PLAIN_READ(returns, name, params, args, kind, mode, object, try)                                         \
	ACQUIRE_EXPORTED(returns, name, params, args, kind, mode, object, try, try_plain_read(object), true, 0)
#define HOOK_TIMED(returns, name, params, args, kind, mode, object, try)                                              \
	ACQUIRE_EXPORTED(returns, name, params, args, kind, mode, object, try, real_first.try,                        \
			 is_time(CLOCK_REALTIME, until), DEP_TIMED)
#define HOOK_CLOCKED(returns, name, params, args, kind, mode, object, try)                                            \
	ACQUIRE_EXPORTED(returns, name, params, args, kind, mode, object, try, real_first.try, is_time(clock, until), \
			 DEP_TIMED)

#define HOOK_PLAIN_LOCK(returns, name, params, args, kind, mode, object, try)                                         \
	ACQUIRE(returns, name, params, args, kind, mode, object, try, try_plain(object), true, 0)                     \
	/* It is taken, but there may be something to be written. */                                                  \
	static __attribute__((noinline)) returns placed_##name(ARGUMENTS_ params, uint32_t stack, uintptr_t pc,       \
							       uintptr_t frame)                                       \
	{                                                                                                             \
		struct thread *t = thread_active;                                                                     \
                                                                                                                      \
		if (likely(record_known(t, stack, (uintptr_t)object, OBJECT_##kind, MODE_##mode, 0, true))) {         \
			if (switches_just_record())                                                                   \
				return full_write_known(t, (uintptr_t)object, OBJECT_##kind, stack);                  \
			full_acquired(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode, stack, 0);                    \
			return 0;                                                                                     \
		}                                                                                                     \
		return after_##name(0, pc_again(pc, frame), frame, ARGUMENTS_ args);                                  \
	}                                                                                                             \
                                                                                                                      \
	/* It is taken, but not in a short context that has its own place. */                                         \
	static __attribute__((noinline)) returns taken_##name(ARGUMENTS_ params, const struct context *context,       \
							      uintptr_t pc, uintptr_t frame)                          \
	{                                                                                                             \
		if (unlikely(!context_is(context, context->hash, frame)))                                             \
			context = context_of_other_caller(thread_active, context, frame);                             \
		if (likely(context && !switches.is_seen) &&                                                           \
		    likely(record_known(thread_active, context->stack, (uintptr_t)object, OBJECT_##kind, MODE_##mode, 0,\
					false)))                                                                      \
			return 0;                                                                                     \
		if (likely(context))                                                                                  \
			return placed_##name(ARGUMENTS_ args, context->stack, pc, frame);                             \
		return after_##name(0, pc_again(pc, frame), frame, ARGUMENTS_ args);                                  \
	}                                                                                                             \
                                                                                                                      \
	/* It is taken, but another context has the first place of this one. */                                       \
	static __attribute__((noinline)) returns displaced_##name(ARGUMENTS_ params, uint64_t hash, uintptr_t pc,     \
								  uintptr_t frame)                                    \
	{                                                                                                             \
		const struct context *context = context_second_place(thread_active, hash);                            \
                                                                                                                      \
		if (likely(context->hash == hash))                                                                    \
			return taken_##name(ARGUMENTS_ args, context, pc, frame);                                     \
		return after_##name(0, pc_again(pc, frame), frame, ARGUMENTS_ args);                                  \
	}                                                                                                             \
                                                                                                                      \
	static always_inline returns plain_##name(struct thread *t, bool is_full, uintptr_t pc, uintptr_t frame,      \
						  ARGUMENTS_ params)                                                  \
	{                                                                                                             \
		/* Found out beforehand: what follows an atomic instruction waits for it. */                          \
		uint64_t hash = context_hash(pc, frame);                                                              \
		const struct context *context = context_place(t, hash);                                               \
		struct record_place place;                                                                            \
		uint32_t stack;                                                                                       \
                                                                                                                      \
		if (unlikely(!plain_acquire(object, thread_hot.tid)))                                                 \
			return after_##name(EBUSY, pc_again(pc, frame), frame, ARGUMENTS_ args);                      \
		if (unlikely(context->hash != hash))                                                                  \
			return displaced_##name(ARGUMENTS_ args, hash, pc, frame);                                    \
		if (unlikely(!context_is_short(context, frame)))                                                      \
			return taken_##name(ARGUMENTS_ args, context, pc, frame);                                     \
		stack = context->stack;                                                                               \
		place = record_place(t);                                                                              \
		if (unlikely(!record_known_at(t, &place, stack, (uintptr_t)object, OBJECT_##kind, MODE_##mode, 0,     \
					      false)))                                                                \
			return placed_##name(ARGUMENTS_ args, stack, pc, frame);                                      \
		return is_full ? full_write_newest(t, (uint32_t)place.n, place.era, (uintptr_t)object, OBJECT_##kind, \
						   stack)                                                             \
			       : 0;                                                                                   \
	}                                                                                                             \
                                                                                                                      \
	static __attribute__((noinline)) returns call_##name(ARGUMENTS_ params, uintptr_t pc, uintptr_t frame)        \
	{                                                                                                             \
		return acquire_##name(pc_again(pc, frame), frame, ARGUMENTS_ args);                                   \
	}                                                                                                             \
                                                                                                                      \
	static __attribute__((noinline)) returns full_##name(ARGUMENTS_ params, uintptr_t pc, uintptr_t frame)        \
	{                                                                                                             \
		if (unlikely(!plain_is_seen(object) || !switches_just_record()))                                      \
			return call_##name(ARGUMENTS_ args, pc, frame);                                               \
		return plain_##name(thread_active, true, pc_beside(pc, frame), frame, ARGUMENTS_ args);               \
	}                                                                                                             \
                                                                                                                      \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_active;                                                                     \
                                                                                                                      \
		if (unlikely(!t))                                                                                     \
			return call_##name(ARGUMENTS_ args, return_address(), caller_frame());                        \
		if (unlikely(!plain_is(object)))                                                                      \
			return full_##name(ARGUMENTS_ args, return_address(), caller_frame());                        \
		return plain_##name(t, false, return_address(), caller_frame(), ARGUMENTS_ args);                     \
	}

#define HOOK_TRY(returns, name, params, args, kind, mode, object, extra)                                              \
	exported returns name params                                                                                  \
	{                                                                                                             \
		struct thread *t = thread_here(caller_frame());                                                       \
		int rc = real.name args;                                                                              \
                                                                                                                      \
		if (likely(t) && is_acquired(rc))                                                                     \
			record_acquired_by_try(t, (uintptr_t)object, OBJECT_##kind, MODE_##mode,                      \
					       stack_here(t, return_address(), caller_frame()));                      \
		return rc;                                                                                            \
	}

/* Not the newest lock held, or not known to be held. */
#define OTHER_RELEASE(name, params, args, kind, object)                                                               \
	static cold int other_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)                                \
	{                                                                                                             \
		hook_unlocking(pc, frame, (uintptr_t)object, OBJECT_##kind);                                          \
		return real.name args;                                                                                \
	}

#define RELEASE(returns, name, params, args, kind, object, release)                                                   \
	OTHER_RELEASE(name, params, args, kind, object)                                                               \
	exported returns name params                                                                                  \
	{                                                                                                             \
		/* What is held is the caller's to release: the real call does not fail. */                           \
		if (likely(thread_active && record_released_newest((uintptr_t)object))) {                             \
			if (unlikely(switches.is_seen))                                                               \
				full_write_released_newest(thread_active, (uintptr_t)object, OBJECT_##kind);          \
			return release;                                                                               \
		}                                                                                                     \
		return other_##name(return_address(), caller_frame(), ARGUMENTS_ args);                               \
	}
#define HOOK_UNLOCK(returns, name, params, args, kind, mode, object, extra)                                           \
	RELEASE(returns, name, params, args, kind, object, real.name args)
#define HOOK_PLAIN_READ_UNLOCK(returns, name, params, args, kind, mode, object, extra)                                \
	RELEASE(returns, name, params, args, kind, object,                                                            \
		likely(switches.plain_rwlocks) && likely(plain_read_release(object)) ? 0 : real.name args)

#define HOOK_PLAIN_UNLOCK(returns, name, params, args, kind, mode, object, extra)                                     \
	OTHER_RELEASE(name, params, args, kind, object)                                                               \
	static __attribute__((noinline)) int call_##name params                                                       \
	{                                                                                                             \
		if (unlikely(switches.is_seen))                                                                       \
			full_write_released_newest(thread_active, (uintptr_t)object, OBJECT_##kind);                  \
		return real.name args;                                                                                \
	}                                                                                                             \
                                                                                                                      \
	/* It is not the newest lock held. */                                                                         \
	static __attribute__((noinline)) int below_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)           \
	{                                                                                                             \
		if (likely(thread_active && plain_is(object) &&                                                       \
			   record_released_below_newest(thread_active, (uintptr_t)object)))                           \
			return likely(plain_release(object)) ? 0 : plain_wake(object);                                \
		return other_##name(pc_again(pc, frame), frame, ARGUMENTS_ args);                                     \
	}                                                                                                             \
                                                                                                                      \
	/* By a record of its own. */                                                                                 \
	static __attribute__((noinline)) int tell_##name params                                                       \
	{                                                                                                             \
		full_write_released_newest(thread_active, (uintptr_t)object, OBJECT_##kind);                          \
		return likely(plain_release(object)) ? 0 : hook_wake(object);                                         \
	}                                                                                                             \
                                                                                                                      \
	static __attribute__((noinline)) int full_##name params                                                       \
	{                                                                                                             \
		if (unlikely(!plain_is_seen(object) || !switches_just_record()))                                      \
			return call_##name args;                                                                      \
		if (unlikely(!full_note_released(thread_active)))                                                     \
			return tell_##name args;                                                                      \
		return likely(plain_release(object)) ? 0 : hook_wake(object);                                         \
	}                                                                                                             \
                                                                                                                      \
	exported returns name params                                                                                  \
	{                                                                                                             \
		if (unlikely(!thread_active || !record_released_newest((uintptr_t)object)))                           \
			return below_##name(return_address(), caller_frame(), ARGUMENTS_ args);                       \
		if (likely(plain_is(object)))                                                                         \
			return likely(plain_release(object)) ? 0 : hook_wake(object);                                 \
		return full_##name args;                                                                              \
	}

#define HOOK_LEAVE(returns, name, params, args, kind, mode, object, extra)                                            \
	exported returns name params                                                                                  \
	{                                                                                                             \
		hook_leaving(caller_frame());                                                                         \
		return real.name args;                                                                                \
	}

/* As a rule it goes on to free().  (C++ has no prototype for C.) */
#define HOOK_DELETE(returns, name, params, args, kind, mode, object, extra)                                           \
	exported returns name params;                                                                                 \
	exported returns name params                                                                                  \
	{                                                                                                             \
		if (unlikely(blocks_have_own_delete))                                                                 \
			hook_freeing(object, return_address(), caller_frame());                                       \
		real.name args;                                                                                       \
	}

#define HOOK_CUSTOM(returns, name, params, args, kind, mode, object, extra)

#define HOOK(shape, returns, name, params, args, kind, mode, object, extra)                                           \
	HOOK_##shape(returns, name, params, args, kind, mode, object, extra)
#include "hooks.def"

/* ---- cold parts ------------------------------------------------------------------------------------------------- */

cold void hook_initialised(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	thread_enter(t);
	if (t->slot->n_holds)
		record_released_own(t, address); /* a child of fork() may make it anew instead of releasing it */
	object_init(t, address, kind, stack);
	thread_leave(t);
}

cold void hook_destroying(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	thread_enter(t);
	if (words_owner(address, kind))
		record_destroy_held(t, address, kind, stack);
	thread_leave(t);
}

cold void hook_destroyed(struct thread *t, uintptr_t address, uint32_t stack)
{
	thread_enter(t);
	object_end(t, address, stack);
	thread_leave(t);
}

cold void hook_unlocking(uintptr_t pc, uintptr_t frame, uintptr_t address, enum object_kind kind)
{
	struct thread *t = thread_here(frame);

	if (t)
		record_released(t, address, kind, pc, frame);
	else if (thread_is_interrupted())
		record_released_by_other(address);
}

cold void hook_exchange(struct thread *t, const struct live_want *want, enum dep_op op, bool is_new_here)
{
	struct live_want first = *want;

	if (is_new_here && t->n_exchanges < MAX_EXCHANGES) {
		t->n_exchanges++;
		first.flags |= DEP_SPLITS;
		record_new_dependency(t, &first, op);
		record_new_segment(t);
	} else if (is_new_here && !t->slot->n_holds) {
		record_new_dependency(t, want, op);
	} else {
		record_want(t, want, op);
	}
	steer_before(t, want, op);
}

cold void hook_leaving(uintptr_t frame)
{
	struct thread *t = thread_here(frame);

	if (!t)
		return;
	thread_enter(t);
	arena_keep_open();
	thread_leave(t);
}

cold void hook_acquire_begin(struct hook_acquire *acquire, uintptr_t pc, uintptr_t frame, uintptr_t address,
			     enum object_kind kind, enum object_mode mode, uint32_t flags)
{
	struct thread *t = thread_active;
	bool is_new_here = stack_cached(t, pc, frame) == STACK_NOT_CACHED;

	acquire->t = t;
	acquire->want = (struct live_want){address, kind, mode, flags, stack_here(t, pc, frame), 0};
	if (is_new_here && !t->slot->n_holds)
		record_new_dependency(t, &acquire->want, OP_ACQUIRE);
	else
		record_want(t, &acquire->want, OP_ACQUIRE);
	steer_before(t, &acquire->want, OP_ACQUIRE);
}

cold void hook_wait_begin(struct hook_acquire *acquire)
{
	struct live_want *want = &acquire->want;

	want->flags |= words_wait_flags(want->address, want->kind, want->mode, acquire->t->slot->tid);
	live_wait_begin(acquire->t, want, &acquire->saved);
	contention_begin(acquire->t, want, want->mode, &acquire->contention);
}

cold void hook_wait_end(struct hook_acquire *acquire)
{
	struct contention_wait *wait = &acquire->contention;
	struct thread *t = acquire->t;

	live_wait_end(t, &acquire->saved);
	contention_end(t, wait);
	if (t->slot->flags & SLOT_LOOP && now_ns() - wait->since_ns >= TRACE_LOOP_WAIT_NS)
		record_loop_waited(t, &acquire->want, wait->owner, wait->cell ? wait->cell->owner_stack : 0);
}

static cold void hook_event(struct thread *t, enum event_kind kind, const struct live_want *want)
{
	thread_enter(t);
	record_event(t, kind, object_id(t, want->address, want->kind, want->stack), want->stack, 0, 0);
	thread_leave(t);
}

cold void hook_acquire_end(struct hook_acquire *acquire, int rc)
{
	const struct live_want *want = &acquire->want;

	if (is_acquired(rc))
		record_acquired(acquire->t, want->address, want->kind, want->mode, want->stack);
	else if (rc == ENOTRECOVERABLE)
		hook_event(acquire->t, EVENT_NOT_RECOVERABLE, want);
}

static cold void waited(struct hook_acquire *acquire, int rc)
{
	hook_wait_end(acquire);
	hook_acquire_end(acquire, rc);
	if (is_acquired(rc))
		contention_acquired(acquire->t, &acquire->want, &acquire->contention);
}

cold int hook_wake(pthread_mutex_t *m)
{
	struct thread *t = thread_active;
	struct live_hold *hold = &t->holds[t->slot->n_holds];

	if (hold->timed && hold->address == (uintptr_t)m)
		contention_released(t, hold);
	return plain_wake(m);
}
