/* SPDX-License-Identifier: MIT */
/* What the table of objects (objects.h) knows of an address, in 64 bits, and who changes it.
 *
 * Who makes an id has the lock of the objects.  Most objects that come and go never get one, and come and go without the
 * lock, which would have signals blocked and let in again: what is neither in the trace nor marked as moving is changed by
 * compare-and-swap.  Who has the lock marks it first; then nobody else changes it.
 */
#ifndef SNAG_ENTRY_H
#define SNAG_ENTRY_H

#include "compiler.h"
#include "trace_format.h"

#include <stdbool.h>
#include <stdint.h>

struct entry {
	uint64_t number : 24;		/* in the trace: its id; else as the how manieth it was initialised there */
	uint64_t stack : 20;		/* where it was initialised */
	uint64_t kind : 4;
	uint64_t generation : 12;	/* ENTRY_MAX_GENERATION: that one or a later one */
	uint64_t is_in_trace : 1;
	uint64_t is_static : 1;
	uint64_t is_on_stack : 1;	/* frames.h knows in whose frame */
	uint64_t is_moving : 1;		/* its memory may be going: nobody means it any more; or it is being changed */
};

_Static_assert(OBJECT_KINDS <= 16, "a kind fits its bits");

enum {
	ENTRY_MAX_NUMBER = (1 << 24) - 1,
	ENTRY_MAX_STACK = (1 << 20) - 1,
	ENTRY_MAX_GENERATION = (1 << 12) - 1,
};

union entry_word {
	struct entry entry;
	uint64_t word;
};

static inline struct entry entry_load(const uint64_t *place)
{
	return ((union entry_word){.word = __atomic_load_n(place, __ATOMIC_ACQUIRE)}).entry;
}

static inline bool entry_is_known(struct entry entry)
{
	return entry.is_in_trace || entry.stack;
}

/* May only who has the lock change it? */
static inline bool entry_needs_lock(struct entry entry)
{
	return entry.is_in_trace || entry.is_moving;
}

/* Without the lock.  false: somebody else has changed it. */
static inline bool entry_try_store(uint64_t *place, struct entry was, struct entry entry)
{
	uint64_t word = ((union entry_word){.entry = was}).word;

	return __atomic_compare_exchange_n(place, &word, ((union entry_word){.entry = entry}).word, false, __ATOMIC_ACQ_REL,
					   __ATOMIC_RELAXED);
}

/* What is there, which nobody else changes from now on until entry_store().  Called with the lock. */
static inline struct entry entry_claim(uint64_t *place)
{
	struct entry entry, marked;

	do {
		entry = marked = entry_load(place);
		marked.is_moving = true;
	} while (!entry_needs_lock(entry) && !entry_try_store(place, entry, marked));
	return entry;
}

/* Called with the lock, after entry_claim(). */
static inline void entry_store(uint64_t *place, struct entry entry)
{
	__atomic_store_n(place, ((union entry_word){.entry = entry}).word, __ATOMIC_RELEASE);
}

#endif
