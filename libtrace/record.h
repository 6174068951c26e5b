/* SPDX-License-Identifier: MIT */
/* One call -> facts: what the light recording keeps.
 *
 * A dependency - thread, segment, operation, object, stack, and the locks held with their stacks - is written once.  Its
 * key is a chain: every lock taken mixes itself into the chain of those held before it, so the key costs one mix however
 * many are held, and a thread's small cache of keys says that it has been written.  With nothing held there is no
 * dependency and nothing to look up.
 */
#ifndef SNAG_RECORD_H
#define SNAG_RECORD_H

#include "live.h"
#include "objects.h"
#include "stack.h"
#include "table.h"
#include "words.h"

/* The cold parts of the functions below. */
void record_dependency(struct thread *t, const struct live_want *want, enum dep_op op, uint64_t key);
void record_refresh(struct thread *t);
void record_acquired_again(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
			   uint32_t stack);
bool record_released_other(struct thread *t, uintptr_t address, uintptr_t pc, uintptr_t frame,
			   struct live_hold *ret_hold);

/* What the thread does from now on is another segment of it: something else is ordered before or after it. */
void record_new_segment(struct thread *t);

/* The thread has just been given its slot, and holds nothing. */
void record_begin(struct thread *t);

/* A lock of the thread was released by somebody else, or by a signal handler that interrupted the shim.  Safe anywhere. */
void record_released_by_other(uintptr_t address);

/* The thread was born in a fork, holding this. */
void record_inherited(struct thread *t, const struct live_hold *hold, uint32_t stack);

/* Forgets everything written, for a new trace file. */
void record_reset(void);

/* A mutex is being destroyed while the thread with this TID holds it. */
void record_destroy_held(struct thread *t, uintptr_t address, uint32_t owner_tid, uint32_t stack);

/* Something that is wrong whatever comes of it. */
void record_event(struct thread *t, enum event_kind kind, uint32_t object, uint32_t stack, uint32_t other,
		  uint32_t held_stack);

static always_inline uint64_t chain_next(uint64_t chain, uintptr_t address, uint32_t stack)
{
	return mix64(chain ^ address) + stack;
}

/* The thread is about to do `op`, and would wait for ever (or until a time: DEP_TIMED). */
static always_inline void record_want(struct thread *t, enum dep_op op, uintptr_t address, enum object_kind kind,
				      enum object_mode mode, uint32_t flags, uint32_t stack, uint64_t aux)
{
	uint32_t n = t->slot->n_holds;
	uint64_t key;

	if (n == 0)
		return;
	if (unlikely(t->epoch != __atomic_load_n(&objects_epoch, __ATOMIC_ACQUIRE)))
		record_refresh(t);
	key = chain_next(t->chain[n], address, stack) + ((uint64_t)(op << 16 | mode << 8 | flags) << 32);
	if (unlikely(t->seen[key >> 53] != key))
		record_dependency(t, &(struct live_want){address, kind, mode, flags, stack, aux}, op, key);
}

/* The thread has got it. */
static always_inline void record_acquired(struct thread *t, uintptr_t address, enum object_kind kind,
					  enum object_mode mode, uint32_t stack)
{
	struct live_slot *slot = t->slot;
	uint32_t n = slot->n_holds;
	struct live_hold *hold = &t->holds[n];

	if (unlikely(n == slot->holds_capacity || (kind == OBJECT_MUTEX && n && words_is_recursive(address))))
		return record_acquired_again(t, address, kind, mode, stack);
	/* A signal handler that locks may come before the count is up, and use this place: then fill it again. */
	do {
		hold->stack = stack;
		hold->kind = (uint8_t)kind;
		hold->mode = (uint8_t)mode;
		hold->count = 0;
		t->chain[n + 1] = chain_next(t->chain[n], address, stack);
		hold->address = address;
		__asm__ volatile("" ::: "memory");
		slot->n_holds = n + 1;
		__asm__ volatile("" ::: "memory");
	} while (unlikely(hold->address != address));
}

/* The thread is about to give it back, called from pc and frame.  *ret_hold is what it was, in case it cannot; false: it
 * was not known to hold it. */
static always_inline bool record_released(struct thread *t, uintptr_t address, uintptr_t pc, uintptr_t frame,
					  struct live_hold *ret_hold)
{
	struct live_slot *slot = t->slot;
	uint32_t n = slot->n_holds;

	if (unlikely(n == 0 || t->holds[n - 1].address != address || t->holds[n - 1].count))
		return record_released_other(t, address, pc, frame, ret_hold);
	*ret_hold = t->holds[n - 1];
	slot->n_holds = n - 1;
	return true;
}

#endif
