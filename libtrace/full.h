/* SPDX-License-Identifier: MIT */
/* Full recording: every operation, 16 bytes each.
 *
 * Each thread writes into a chunk of its own.  What orders the operations of different threads is a number per object: for
 * a lock it is raised by who has just taken it, which the lock itself protects, so threads that share nothing do not slow
 * each other down.  A thread finds an object's id and number in a small cache of addresses, which objects_epoch keeps true.
 *
 * When the budget is used up it ends, for all threads at once: switches.records_all is cleared before the first operation goes
 * unrecorded, so whatever comes after that one in any thread goes unrecorded too.
 */
#ifndef SNAG_FULL_H
#define SNAG_FULL_H

#include "stops.h"
#include "thread.h"

/* A new trace has been opened. */
void full_open(void);

/* The thread has just been given its slot in this trace. */
void full_begin_thread(struct thread *t);

void full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			 uint32_t flags);
void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind);
void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack);
void full_write_mark(struct thread *t, enum full_op op);

/* The thread has got a lock.  flags: enum full_flag. */
static always_inline void full_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
					uint32_t stack, uint32_t flags)
{
	if (unlikely(switches.is_seen))
		full_write_acquired(t, address, kind, mode, stack, flags);
}

/* It is about to give it back. */
static always_inline void full_released(struct thread *t, uintptr_t address, enum object_kind kind)
{
	if (unlikely(switches.is_seen))
		full_write_released(t, address, kind);
}

/* It is about to wake others (FULL_SIGNAL), or was woken (FULL_WOKEN). */
static always_inline void full_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind,
				     uint32_t stack)
{
	if (unlikely(switches.records_all))
		full_write_token(t, op, address, kind, stack);
}

/* It begins a segment, or ends. */
static always_inline void full_segment(struct thread *t)
{
	if (unlikely(switches.records_all))
		full_write_mark(t, FULL_SEGMENT);
}

static always_inline void full_ended(struct thread *t)
{
	if (unlikely(switches.records_all))
		full_write_mark(t, FULL_END);
}

#endif
