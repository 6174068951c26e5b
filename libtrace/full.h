/* SPDX-License-Identifier: MIT */
/* Full recording: every operation, 4 bytes most of the time.
 *
 * Each thread writes into a chunk of its own.  What orders the operations of different threads is a number per object: for
 * a lock it is raised by who has just taken it, which the lock itself protects, so threads that share nothing do not slow
 * each other down.  A thread finds an object's number in a small cache, which eras (objects.h) keep true, and whose places are
 * the entries that short records refer to (trace_rows.h).
 *
 * The clock is looked at now and then only: when a piece begins, after some hundred operations, and where the thread may have
 * waited.  So an operation is known to be no older than the last look, and no younger than the next one.
 *
 * When the budget is used up it ends, for all threads at once: switches.records_all is cleared before the first operation goes
 * unrecorded, so whatever comes after that one in any thread goes unrecorded too.
 */
#ifndef SNAG_FULL_H
#define SNAG_FULL_H

#include "objects.h"
#include "stops.h"
#include "thread.h"

enum {
	/* Bytes of records in a chunk.  Who sees that there is room may be interrupted by signal handlers, which then take of
	 * it, before it takes its own: what is spare is enough for 32 of them one in another, each with the time. */
	FULL_ROOM = TRACE_CHUNK_SIZE - sizeof(struct chunk_header) - 2 * 32 * sizeof(struct full_record),
	FULL_MAX_STEPS = (1 << FULL_STEP_BITS) - 1,
};

/* A new trace has been opened. */
void full_open(void);

/* The thread has just been given its slot in this trace. */
void full_begin_thread(struct thread *t);

/* These return 0, for who has nothing more to do.  The second one is of a lock that is the newest in the books, while nothing but
 * recording is to be done (switches_just_record()). */
int full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			uint32_t flags);
int full_write_known(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind);
/* ... the newest that it had, as the books say already. */
void full_write_released_newest(struct thread *t, uintptr_t address, enum object_kind kind);
void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack);
void full_write_mark(struct thread *t, enum full_op op);

/* The books have lost a lock, of which the records do not know yet. */
static inline void full_disagree(struct thread *t)
{
	t->full.agreed_from = UINT32_MAX;
}

/* Stands for an object taken at a place, as long as it lives. */
static always_inline uint64_t full_key(uint64_t era, uintptr_t address, uint64_t stack)
{
	/* What is looked at next is not older than the era. */
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	/* As in chain_mix(). */
	return (address ^ (stack << 48 | stack >> 16)) * 0x9e3779b97f4a7c15u + era;
}

/* Its entry, by the uppermost bits.  Two that share one keep each other from being written shortly: there are more entries
 * when that happens often. */
static always_inline struct full_entry *full_entry_of(const struct full_stream *stream, uint64_t key)
{
	_Static_assert(FULL_ENTRIES == 1 << 16 && sizeof(struct full_entry) == 1 << 5, "64 - 16 - 5");
	return (struct full_entry *)((char *)stream->entries + (key >> 43 & stream->entry_mask));
}

/* Room for short records is taken while the stream is busy: a signal handler then goes elsewhere.  false: one has already. */
static always_inline bool full_busy_begin(struct full_stream *stream, struct chunk_header *chunk, struct chunk_header *busy_in)
{
	stream->busy_in = busy_in;
	__asm__ volatile("" ::: "memory");
	return likely(stream->chunk == chunk);
}

static always_inline bool full_busy_end(struct full_stream *stream, bool is_done)
{
	__asm__ volatile("" ::: "memory");
	stream->busy_in = NULL;
	return is_done;
}

/* Returns where it is. */
static always_inline uint32_t *full_append_short(struct chunk_header *chunk, uint64_t at, uint32_t record)
{
	uint32_t *place = (uint32_t *)((char *)(chunk + 1) + at);

	*place = record;
	__atomic_store_n(&chunk->committed, (uint32_t)at + (uint32_t)sizeof(record), __ATOMIC_RELEASE);
	return place;
}

/* Writes in its shortest form that the thread has taken something for itself alone.  false: nothing was done. */
static always_inline bool full_write_exclusive(struct thread *t, uint64_t era, uintptr_t address, uint32_t stack)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = stream->chunk;
	uint64_t key = full_key(era, address, stack);
	uint32_t sequence, steps;
	struct full_entry *entry;
	uint64_t at;			/* a whole register, which addresses are made of */

	if (unlikely(stream->busy_in))
		return false;
	if (!full_busy_begin(stream, chunk, chunk))
		return full_busy_end(stream, false);
	at = chunk->committed;
	keep(at);
	entry = full_entry_of(stream, key);
	if (unlikely((uint32_t)at >= stream->stamp_at) || unlikely(entry->key != key))
		return full_busy_end(stream, false);
	sequence = __atomic_load_n(entry->sequence, __ATOMIC_RELAXED) + 1;
	steps = sequence - entry->last;
	if (unlikely(steps > FULL_MAX_STEPS))
		return full_busy_end(stream, false);
	__atomic_store_n(entry->sequence, sequence, __ATOMIC_RELAXED);
	entry->last = sequence;
	stream->nested = full_append_short(chunk, at, entry->nested + (steps << FULL_STEP_SHIFT));
	return full_busy_end(stream, true);
}

/* The same of a lock that is the newest in the books, above n others.  Returns 0. */
static always_inline int full_write_newest(struct thread *t, uint32_t n, uint64_t era, uintptr_t address, enum object_kind kind,
					   uint32_t stack)
{
	if (unlikely(t->full.agreed_from > n))
		t->full.agreed_from = n;
	if (likely(full_write_exclusive(t, era, address, stack)))
		return 0;
	return full_write_acquired(t, address, kind, MODE_WRITE, stack, 0);
}

/* The newest lock that the thread had is about to be given back, as the books say already: does the last record say that a lock
 * was taken, and can it say this as well? */
static always_inline bool full_note_released(struct thread *t)
{
	struct chunk_header *chunk = t->full.chunk;
	uint32_t *last = (uint32_t *)((char *)(chunk + 1) + *(volatile uint32_t *)&chunk->committed) - 1, record;

	if (unlikely(last != *(uint32_t *volatile *)&t->full.nested) || unlikely(t->slot->n_holds < t->full.agreed_from))
		return false;
	record = *last + 1;
	if (unlikely(!(record & FULL_OP_MASK)))
		return false;
	*last = record;
	return true;
}

/* The thread has got a lock.  flags: enum full_flag. */
static always_inline void full_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
					uint32_t stack, uint32_t flags)
{
	if (unlikely(switches.is_seen))
		full_write_acquired(t, address, kind, mode, stack, flags);
}

/* It is about to give it back; where it was taken is not known. */
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

/* It is about to do what may take long: what it does next comes with the time. */
static always_inline void full_time_passes(struct thread *t)
{
	t->full.stamp_at = 0;
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
