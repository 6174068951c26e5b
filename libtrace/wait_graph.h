/* SPDX-License-Identifier: MIT */
/* Who waits for whom, over a live table: pure functions, used by the shim on its own table and by the tools on a file.
 *
 * A thread waits for one object, but several threads may stand in its way: all readers of a lock that it wants to write,
 * say.  It goes on only when all of them have moved, so one path from it back to itself is a deadlock.  The search is
 * depth-first, visits each slot once and takes no lock.  It believes a cycle only after a second pass has found every slot
 * in the same wait (same odd epoch), still for the same neighbour: each thread of the cycle is then stopped, and none can
 * be moved but by another of them.  A wait that ends by itself (DEP_TIMED) closes nothing.
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

/* ---- who stands in whose way ------------------------------------------------------------------------------------- */

#define WAIT_NOBODY UINT32_MAX

/* Is it waiting, in a wait that does not end by itself?  *epoch names the wait. */
static inline bool wait_is_endless(const struct live_slot *slot, uint32_t *epoch)
{
	*epoch = __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE);
	return (*epoch & 1) && slot->state == SLOT_ALIVE && !(slot->want_flags & DEP_TIMED);
}

static inline bool wait_is_for_holder(const struct live_slot *waiter, const struct live_hold *hold)
{
	if (hold->kind == OBJECT_FILE_LOCK && (hold->address & TRACE_FILE_LOCK_OF_PROCESS))
		return false;
	return hold->address == waiter->want_address && hold->kind == waiter->want_kind &&
	       (waiter->want_mode == MODE_WRITE || (hold->mode & MODE_MASK) == MODE_WRITE);
}

/* A reader that must let waiting writers go first waits for them. */
static inline bool wait_is_behind(const struct live_slot *waiter, const struct live_slot *other)
{
	uint32_t epoch;

	return (waiter->want_flags & DEP_BEHIND_WRITERS) && other != waiter && wait_is_endless(other, &epoch) &&
	       other->want_kind == waiter->want_kind && other->want_address == waiter->want_address &&
	       other->want_mode == MODE_WRITE;
}

/* Must `other` do something before `waiter` can go on: end, release what it holds, or get what it wants first? */
static inline bool wait_is_for(const struct live_view *view, const struct live_slot *waiter,
			       const struct live_slot *other)
{
	const struct live_hold *holds;
	uint32_t n;

	if (other->state == SLOT_FREE)
		return false;
	if (waiter->want_kind == OBJECT_THREAD)
		return other->thread == waiter->want_address && other->state == SLOT_ALIVE;
	if (waiter->want_mode == MODE_TOKEN)
		return false;
	holds = live_holds_of(view, other, &n);
	for (uint32_t i = 0; i < n; i++)
		if (wait_is_for_holder(waiter, &holds[i]))
			return true;
	return wait_is_behind(waiter, other);
}

/* The first slot from number `from` on that stands in the waiter's way, or WAIT_NOBODY. */
static inline uint32_t wait_next(const struct live_view *view, const struct live_slot *waiter, uint32_t from)
{
	uint32_t n_slots = live_n_slots(view);

	for (uint32_t i = from; i < n_slots; i++) {
		const struct live_slot *other = live_slot_at(view, i);

		if (other && wait_is_for(view, waiter, other))
			return i;
	}
	return WAIT_NOBODY;
}

/* ---- cycles ------------------------------------------------------------------------------------------------------ */

enum { WAIT_MAX_SLOTS = TRACE_MAX_LIVE_CHUNKS * TRACE_SLOTS_PER_CHUNK };

/* One step of a path: `slot` waits, in wait number `epoch`; `next` is where to look on for who is in its way. */
struct wait_step {
	uint32_t slot;
	uint32_t epoch;
	uint32_t next;
};

/* Room for one search.  Large: static, or on the heap. */
struct wait_search {
	uint32_t n;			/* of the cycle that was found */
	struct wait_step steps[WAIT_MAX_SLOTS];
	uint64_t seen[(WAIT_MAX_SLOTS + 63) / 64];
};

static inline void wait_search_push(struct wait_search *search, uint32_t slot, uint32_t epoch)
{
	search->steps[search->n++] = (struct wait_step){slot, epoch, 0};
	search->seen[slot / 64] |= 1ull << slot % 64;
}

/* Goes on from the last step of the path: one slot deeper, or back.  Returns whether the path now closes. */
static inline bool wait_search_step(const struct live_view *view, struct wait_search *search)
{
	struct wait_step *last = &search->steps[search->n - 1];
	const struct live_slot *waiter = live_slot_at(view, last->slot), *other;
	uint32_t at = wait_next(view, waiter, last->next), epoch;

	last->next = at + 1;
	if (at == WAIT_NOBODY) {
		search->n--;
		return false;
	}
	if (at == search->steps[0].slot)
		return true;
	other = live_slot_at(view, at);
	if (!(search->seen[at / 64] & 1ull << at % 64) && other && wait_is_endless(other, &epoch))
		wait_search_push(search, at, epoch);
	return false;
}

/* The second look: the same waits, each still for the next. */
static inline bool wait_search_is_true(const struct live_view *view, const struct wait_search *search)
{
	for (uint32_t i = 0; i < search->n; i++) {
		const struct live_slot *slot = live_slot_at(view, search->steps[i].slot);
		const struct live_slot *next = live_slot_at(view, search->steps[(i + 1) % search->n].slot);

		if (!slot || !next || !wait_is_for(view, slot, next) ||
		    __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE) != search->steps[i].epoch)
			return false;
	}
	return true;
}

/* Looks for a wait-for cycle through slot `start`: true, and it is in search->steps[0 .. n), beginning with `start`, each
 * waiting for the next.  A cycle of one is a thread that waits for itself. */
static inline bool wait_graph_find_cycle(const struct live_view *view, uint32_t start, struct wait_search *search)
{
	const struct live_slot *slot = live_slot_at(view, start);
	uint32_t epoch;

	search->n = 0;
	__builtin_memset(search->seen, 0, sizeof(search->seen));
	if (!slot || !wait_is_endless(slot, &epoch))
		return false;
	wait_search_push(search, start, epoch);
	while (search->n)
		if (wait_search_step(view, search))
			return wait_search_is_true(view, search);
	return false;
}

#endif
