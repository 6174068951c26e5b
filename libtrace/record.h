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

#include "full.h"
#include "live.h"
#include "objects.h"
#include "context.h"
#include "table.h"
#include "words.h"

/* The thread does `op`, and would wait for ever (or until a time: DEP_TIMED).  Called while it does not hold the object,
 * or just before record_acquired(). */
void record_want(struct thread *t, const struct live_want *want, enum dep_op op);

/* The thread does this by a call that is new to it.  With nothing held that is no dependency between locks, but one thread
 * may wait for the end of another, or for its signal, and hold what the other acquires.  Kept for one object each call: the
 * price of an operation with nothing held does not depend on the number of locks. */
void record_new_dependency(struct thread *t, const struct live_want *want, enum dep_op op);

/* The thread has got it. */
void record_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
		     uint32_t stack);
/* ... by a call that does not wait. */
void record_acquired_by_try(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
			    uint32_t stack);

/* The thread is about to give it back, by a call from pc and frame.  false: it was not known to hold it. */
bool record_released(struct thread *t, uintptr_t address, enum object_kind kind, uintptr_t pc, uintptr_t frame);

/* Just the books: the thread does not hold it any more. */
bool record_released_own(struct thread *t, uintptr_t address);

/* Finds out what other threads did to the locks that this one holds (is_to_look). */
void record_refresh(struct thread *t);

/* What its dependencies say of the thread has changed: whether it is one that the trace knows (births.h), or whether what
 * it does is to be ignored. */
void record_known_as(struct thread *t);

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

/* A lock is being destroyed while a thread holds it. */
void record_destroy_held(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* The thread has blocked for long in a call with this stack, and holds something.  Kept once for each place. */
void record_held_across(struct thread *t, const struct live_hold *hold, uint32_t stack);

/* An event loop has waited for long, and who had the lock then had taken it there (0: not known). */
void record_loop_waited(struct thread *t, const struct live_want *want, uint32_t owner, uint32_t held_stack);

/* The process ends: what of its threads' locks do other processes wait for? */
void record_abandoned(struct thread *t);

/* The memory of an object is being given back: nobody will release it any more.  may_be_held: by another thread. */
void record_freed(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack, bool may_be_held);

/* Something that is wrong whatever comes of it. */
void record_event(struct thread *t, enum event_kind kind, uint32_t object, uint32_t stack, uint32_t other,
		  uint32_t held_stack);

static always_inline uint64_t chain_mix(uint64_t chain, uintptr_t address, uint64_t stack)
{
	/* The number of the stack is put where no address has a bit set.  A product is well mixed in its upper half: that has
	 * to go through the next multiplication, or neighbouring locks share few places. */
	return ((chain << 32 | chain >> 32) ^ address ^ (stack << 48 | stack >> 16)) * 0x9e3779b97f4a7c15u;
}

/* The key of a dependency below `chain`; for a lock that is then held, the chain above it. */
static always_inline uint64_t chain_next(uint64_t chain, uintptr_t address, uint64_t stack)
{
	return chain_mix(chain, address, stack) + objects_era_now(address);
}

static always_inline uint64_t record_operation(enum dep_op op, enum object_mode mode, uint32_t flags)
{
	return (uint64_t)(op << 16 | mode << 8 | flags) << 32;
}

/* Is the dependency with this key in the thread's cache? */
bool record_is_seen(struct thread *t, uint64_t key);
/* ... in one of the two places of it where most are? */
static always_inline bool record_is_at_hand(struct thread *t, uint64_t key)
{
	return likely(*thread_seen(t, key) == key) || thread_seen_set(t, key)[key % SEEN_WAYS] == key;
}

/* Where the next lock that the thread gets has its place. */
struct record_place {
	struct live_slot *slot;
	uint64_t *chain;
	uint64_t n;			/* a whole register, which addresses are made of */
	uint64_t era;			/* of the lock's address (objects.h), when record_known_at() has been there */
};

static always_inline struct record_place record_place(const struct thread *t)
{
	struct live_slot *slot = t->slot;
	uint64_t n = slot->n_holds;

	keep(n);
	return (struct record_place){slot, &t->chain[n], n, 0};
}

/* The hot path: is it no news that the thread does what has this key?  The dependency, if there is one, is written then.
 * searches: also looks where it may be besides in the cache. */
static always_inline bool record_is_no_news(struct thread *t, const struct record_place *place, uint64_t key, bool searches)
{
	return !likely(place->n) || (likely(!t->is_to_look) &&
				     (likely(record_is_at_hand(t, key)) || (searches && record_is_seen(t, key))));
}

static always_inline bool record_has_room(const struct record_place *place)
{
	return likely((uint32_t)place->n != place->slot->holds_capacity);
}

/* The thread has got the object, and there is room.  key: of the chain above it. */
static always_inline void record_push(const struct thread *t, const struct record_place *place, uint32_t stack,
				      uintptr_t address, enum object_kind kind, enum object_mode mode, uint64_t key)
{
	struct live_hold *hold = &t->holds[place->n];

	/* A signal handler that locks may come before the count is up, and use this place: then fill it again. */
	do {
		place->chain[1] = key;
		*hold = (struct live_hold){address, stack, (uint8_t)kind, (uint8_t)mode, 0};
		__asm__ volatile("" ::: "memory");
		place->slot->n_holds = (uint32_t)place->n + 1;
		__asm__ volatile("" ::: "memory");
	} while (unlikely(hold->address != address));
}

/* The thread has got it, by a call with this stack.  Does record_want() and record_acquired() in one go when everything is as it
 * was before.  false: nothing was done. */
static always_inline bool record_known_at(struct thread *t, struct record_place *place, uint32_t stack, uintptr_t address,
					  enum object_kind kind, enum object_mode mode, uint32_t flags, bool searches)
{
	uint64_t key = chain_mix(place->chain[0], address, stack) + record_operation(OP_ACQUIRE, mode, flags);

	place->era = objects_era_now(address);
	key += place->era;
	if (!record_has_room(place) || !record_is_no_news(t, place, key, searches))
		return false;
	record_push(t, place, stack, address, kind, mode, key);
	return true;
}

static always_inline bool record_known(struct thread *t, uint32_t stack, uintptr_t address, enum object_kind kind,
				       enum object_mode mode, uint32_t flags, bool searches)
{
	struct record_place place = record_place(t);

	return record_known_at(t, &place, stack, address, kind, mode, flags, searches);
}

/* The thread is about to give it back.  false: it is not the newest one held; nothing was done. */
static always_inline bool record_released_newest(uintptr_t address)
{
	struct live_slot *slot = thread_hot.slot;
	uint32_t n = slot->n_holds;

	/* With none held it is what lies before the first: no_hold of the slot, or the kind of a chunk. */
	if (unlikely((thread_hot.holds + n)[-1].address != address))
		return false;
	slot->n_holds = n - 1;
	return true;
}

/* ... and it is the next one below that, as with locks that are taken hand over hand.  Of one that is timed more is to be done. */
static always_inline bool record_released_below_newest(const struct thread *t, uintptr_t address)
{
	uint32_t n = t->slot->n_holds;
	struct live_hold *hold = &t->holds[n - 2];

	if (unlikely(n < 2 || hold->address != address || hold->timed))
		return false;
	hold[0] = hold[1];
	t->chain[n - 1] = chain_next(t->chain[n - 2], hold->address, hold->stack);
	__asm__ volatile("" ::: "memory");
	t->slot->n_holds = n - 1;
	return true;
}

#endif
