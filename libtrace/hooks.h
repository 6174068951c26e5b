/* SPDX-License-Identifier: MIT */
/* What the hooks share: everything they may use, and the cold parts of the regular ones. */
#ifndef SNAG_HOOKS_H
#define SNAG_HOOKS_H

#include "compiler.h"
#include "contention.h"
#include "context.h"
#include "init.h"
#include "life.h"
#include "live.h"
#include "objects.h"
#include "plain.h"
#include "real.h"
#include "record.h"
#include "stack.h"
#include "steer.h"
#include "thread.h"
#include "words.h"

#include <time.h>

/* ARGUMENTS_ (a, b) is a, b. */
#define ARGUMENTS_(...) __VA_ARGS__

void hook_initialised(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void hook_destroying(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void hook_destroyed(struct thread *t, uintptr_t address, uint32_t stack);
/* An unlock that is not of the newest lock held, or cannot be recorded though the lock may be. */
void hook_unlocking(uintptr_t pc, uintptr_t frame, uintptr_t address, enum object_kind kind);

/* Most daemons fork, and their children change their user or root folder before anything else: a child must begin its
 * trace, and a trace must grow, while the session folder can still be reached. */
void hook_leaving(uintptr_t frame);

/* A block of the heap is given back, with what is in it. */
void hook_freeing(void *memory, uintptr_t pc, uintptr_t frame);

/* Mappings are about to go, with what is in them. */
void hook_unmapping(void *memory, size_t size, uintptr_t pc, uintptr_t frame);

/* The environment that the process began with names the shim, or does not (hooks_exec.c). */
void hooks_exec_begin(void);

/* From now on threads are steered (hooks_steer.c). */
void hooks_steer(void);

/* hooks_thread.c: what that thread did, to the end of this segment, comes before what this one does from now on.  `object`: its
 * id in the trace, if that matters, or 0. */
void hook_comes_after(struct thread *t, enum edge_kind kind, uint32_t index, uint32_t segment, uint32_t object);

/* Some functions refuse a clock that they do not know, or a time that is none, also when they need not wait: then they
 * must not be tried without waiting first. */
static inline bool is_time(clockid_t clock, const struct timespec *until)
{
	return (clock == CLOCK_REALTIME || clock == CLOCK_MONOTONIC) && (!until || (uint64_t)until->tv_nsec < 1000000000u);
}

/* The thread signals, or waits to be woken, by a call that may be new to it.  Threads hand things on to each other so: a few
 * times, what it does from then on is another segment of it. */
void hook_exchange(struct thread *t, const struct live_want *want, enum dep_op op, bool is_new_here);

/* Has the thread not been seen to make this call? */
static inline bool hook_is_new_here(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	return stack_cached(t, pc, frame) == STACK_NOT_CACHED;
}

/* Is the call known, and no news?  Then hook_exchange() has nothing to do. */
static always_inline bool hook_exchange_is_known(struct thread *t, uint32_t stack, uintptr_t address, uint32_t flags,
						 enum dep_op op)
{
	const struct record_place place = record_place(t);
	uint64_t key = chain_next(place.chain[0], address, stack) + record_operation(op, MODE_TOKEN, flags);

	return likely(stack != STACK_NOT_CACHED && !switches.steers && record_is_no_news(t, &place, key, true));
}

/* An acquisition that is not on the hot path. */
struct hook_acquire {
	struct thread *t;
	struct live_want want;
	struct live_saved saved;
	struct contention_wait contention;
};

void hook_acquire_begin(struct hook_acquire *acquire, uintptr_t pc, uintptr_t frame, uintptr_t address,
			enum object_kind kind, enum object_mode mode, uint32_t flags);
void hook_wait_begin(struct hook_acquire *acquire);
void hook_wait_end(struct hook_acquire *acquire);
void hook_acquire_end(struct hook_acquire *acquire, int rc);

/* The calling thread has given back a plain mutex for which others may wait, its newest.  Returns 0. */
int hook_wake(pthread_mutex_t *m);

#endif
