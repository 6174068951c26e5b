/* SPDX-License-Identifier: MIT */
/* Who waits for whom, over a live table: pure functions, used by the shim on its own table and by the tools on a file.
 *
 * Every thread waits for at most one object, and an exclusive object has at most one owner, so the wait-for graph is a
 * set of chains and the walk is a loop: slot -> what it wants -> who owns that -> ...  The walk is bounded by the number
 * of slots, takes no lock, and believes a cycle only after a second pass has found every slot in the same wait (same odd
 * epoch) and every owner unchanged.  A wait that ends by itself (DEP_TIMED) closes nothing.
 */
#ifndef SNAG_WAIT_GRAPH_H
#define SNAG_WAIT_GRAPH_H

#include "trace_format.h"

#include <stdbool.h>
#include <stddef.h>

/* A mapped trace file (or a copy of one), as far as it may be read. */
struct live_view {
	const unsigned char *base;
	uint64_t size;
};

/* One step of a cycle: `slot` waits, in wait number `epoch`. */
struct wait_step {
	uint32_t slot;
	uint32_t epoch;
};

/* The slot that stands between `slot` and its object: the owner, or the joined thread.  WAIT_NOBODY when there is none,
 * when it is unknown, or when the wait is of a kind without owner. */
typedef uint32_t wait_owner_fn(const struct live_view *view, const struct live_slot *slot, void *context);

#define WAIT_NOBODY UINT32_MAX

static inline uint32_t live_n_slots(const struct live_view *view)
{
	const struct trace_header *header = (const void *)view->base;
	uint32_t n = __atomic_load_n(&header->n_live_chunks, __ATOMIC_ACQUIRE);

	return (n < TRACE_MAX_LIVE_CHUNKS ? n : TRACE_MAX_LIVE_CHUNKS) * TRACE_SLOTS_PER_CHUNK;
}

/* Slot number `i`, or NULL when the table does not reach that far. */
static inline const struct live_slot *live_slot_at(const struct live_view *view, uint32_t i)
{
	const struct trace_header *header = (const void *)view->base;
	uint64_t offset;

	if (i >= live_n_slots(view))
		return NULL;
	offset = TRACE_HEADER_SIZE + (uint64_t)header->live_chunk[i / TRACE_SLOTS_PER_CHUNK] * TRACE_CHUNK_SIZE +
		 (uint64_t)(i % TRACE_SLOTS_PER_CHUNK + 1) * TRACE_SLOT_SIZE;
	if (offset + TRACE_SLOT_SIZE > view->size)
		return NULL;
	return (const void *)(view->base + offset);
}

/* The holds of a slot, oldest first; *n is how many of them can be read. */
static inline const struct live_hold *live_holds_of(const struct live_view *view, const struct live_slot *slot,
						    uint32_t *n)
{
	uint64_t offset = slot->holds_offset;
	uint32_t held = __atomic_load_n(&slot->n_holds, __ATOMIC_ACQUIRE);

	*n = 0;
	if (offset % 8 || offset >= view->size || held > slot->holds_capacity ||
	    held > (view->size - offset) / sizeof(struct live_hold))
		return NULL;
	*n = held;
	return (const void *)(view->base + offset);
}

/* An owner function that needs nothing but the table: looks for the slot that holds (or is) what is wanted. */
static inline uint32_t wait_owner_by_scan(const struct live_view *view, const struct live_slot *waiter, void *context)
{
	uint32_t n_slots = live_n_slots(view);

	(void)context;
	for (uint32_t i = 0; i < n_slots; i++) {
		const struct live_slot *slot = live_slot_at(view, i);
		const struct live_hold *holds;
		uint32_t n;

		if (!slot || slot->state == SLOT_FREE)
			continue;
		if (waiter->want_kind == OBJECT_THREAD) {
			if (slot->thread == waiter->want_address && slot->state == SLOT_ALIVE)
				return i;
			continue;
		}
		holds = live_holds_of(view, slot, &n);
		for (uint32_t k = 0; k < n; k++)
			if (holds[k].address == waiter->want_address && holds[k].kind == waiter->want_kind)
				return i;
	}
	return WAIT_NOBODY;
}

static inline bool wait_is_endless(const struct live_slot *slot, uint32_t *epoch)
{
	*epoch = __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE);
	return (*epoch & 1) && slot->state == SLOT_ALIVE && !(slot->want_flags & DEP_TIMED);
}

static inline bool wait_cycle_still_holds(const struct live_view *view, const struct wait_step *steps, uint32_t n,
					  wait_owner_fn *owner, void *context)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct live_slot *slot = live_slot_at(view, steps[i].slot);

		if (!slot || owner(view, slot, context) != steps[(i + 1) % n].slot ||
		    __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE) != steps[i].epoch)
			return false;
	}
	return true;
}

/* How many waits the cycle through slot `start` has, 0 when there is none.  One pass, not yet to be believed. */
static inline uint32_t wait_graph_cycle_length(const struct live_view *view, uint32_t start, wait_owner_fn *owner,
					       void *context)
{
	uint32_t limit = live_n_slots(view), at = start, epoch;

	for (uint32_t n = 1; n <= limit; n++) {
		const struct live_slot *slot = live_slot_at(view, at);

		if (!slot || !wait_is_endless(slot, &epoch))
			return 0;
		at = owner(view, slot, context);
		if (at == start)
			return n;
		if (at == WAIT_NOBODY)
			return 0;
	}
	return 0;
}

/* The wait-for cycle that goes through slot `start`, into steps[0..max), beginning with `start`.  Returns its length
 * (1: the thread waits for itself), or 0 when there is none or it is longer than `max`. */
static inline uint32_t wait_graph_find_cycle(const struct live_view *view, uint32_t start, wait_owner_fn *owner,
					     void *context, struct wait_step *steps, uint32_t max)
{
	uint32_t at = start;

	for (uint32_t n = 0; n < max; n++) {
		const struct live_slot *slot = live_slot_at(view, at);

		if (!slot || !wait_is_endless(slot, &steps[n].epoch))
			return 0;
		steps[n].slot = at;
		at = owner(view, slot, context);
		if (at == start)
			return wait_cycle_still_holds(view, steps, n + 1, owner, context) ? n + 1 : 0;
		if (at == WAIT_NOBODY)
			return 0;
	}
	return 0;
}

#endif
