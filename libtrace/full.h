/* SPDX-License-Identifier: MIT */
/* Full recording: every operation, 4 bytes most of the time.
 *
 * Each thread writes into a chunk of its own.  What orders the operations of different threads is a number per object: for
 * a lock it is raised by who has just taken it, which the lock itself protects, so threads that share nothing do not slow
 * each other down.  A thread finds an object's number in a small cache of addresses, which eras (objects.h) keep true, and
 * whose places are the entries that short records refer to (trace_format.h).
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
	FULL_MUTEX_ACQUIRED = FULL_ACQUIRE | MODE_WRITE << FULL_MODE_SHIFT,
};

/* A new trace has been opened. */
void full_open(void);

/* The thread has just been given its slot in this trace. */
void full_begin_thread(struct thread *t);

/* The first returns 0, for who has nothing more to do. */
int full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			uint32_t flags);
void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind);
/* ... the newest that it had, which it had taken at this place (0: unknown). */
void full_write_released_newest(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);
void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack);
void full_write_mark(struct thread *t, enum full_op op);

/* The number of an entry.  Taken from two places in turns, an object has two.  Objects that lie at equal distances are spread
 * evenly: two that share an entry keep each other from being written shortly. */
static always_inline uint32_t full_entry_of(uintptr_t address, uint32_t stack)
{
	return (address ^ (uint64_t)stack << 40) * 0x9e3779b97f4a7c15u >> (64 - FULL_ENTRY_BITS);
}

/* Room for short records is taken while the stream is busy: a signal handler then goes elsewhere (full.c). */
static always_inline void full_busy_begin(struct full_stream *stream, struct chunk_header *chunk)
{
	stream->busy_in = chunk;
	__asm__ volatile("" ::: "memory");
}

static always_inline bool full_busy_end(struct full_stream *stream, bool is_done)
{
	__asm__ volatile("" ::: "memory");
	stream->busy_in = NULL;
	return is_done;
}

static always_inline void full_append_short(struct chunk_header *chunk, uint32_t at, uint32_t record)
{
	*(uint32_t *)((char *)(chunk + 1) + at) = record;
	__atomic_store_n(&chunk->committed, at + (uint32_t)sizeof(record), __ATOMIC_RELEASE);
}

/* What the number of an object is to the one who does something to it. */
enum full_raise {
	FULL_KEEPS,			/* it stays */
	FULL_RAISES,			/* it is raised by who has the object for itself, */
	FULL_RAISES_WITH_OTHERS		/* or by any of several */
};

/* Writes in its shortest form what the thread has done; `what` is the op, mode and flags of the record.  false: it cannot have that
 * form, and nothing was done.  (That recording is over ends all eras, too.) */
static always_inline bool full_write_again(struct thread *t, uintptr_t address, uint32_t stack, uint32_t what,
					   enum full_raise raise)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = stream->chunk;
	uint32_t number = full_entry_of(address, stack), before, sequence, steps, at;
	struct full_entry *entry = &stream->entries[number];

	if (unlikely(stream->busy_in))
		return false;
	full_busy_begin(stream, chunk);
	at = chunk->committed;
	if (unlikely(entry->address != address || entry->stack != stack ||
		     entry->era != (uint32_t)__atomic_load_n(objects_era(address), __ATOMIC_ACQUIRE) || at >= stream->stamp_at))
		return full_busy_end(stream, false);
	before = __atomic_load_n(entry->sequence, __ATOMIC_RELAXED);
	sequence = before + (raise != FULL_KEEPS);
	steps = sequence - entry->last;
	if (unlikely(steps > FULL_MAX_STEPS))
		return full_busy_end(stream, false);
	if (raise == FULL_RAISES)
		__atomic_store_n(entry->sequence, sequence, __ATOMIC_RELAXED);
	else if (raise == FULL_RAISES_WITH_OTHERS &&
		 unlikely(!__atomic_compare_exchange_n(entry->sequence, &before, sequence, false, __ATOMIC_ACQ_REL,
						       __ATOMIC_RELAXED)))
		return full_busy_end(stream, false);
	entry->last = sequence;
	stream->last_address = what == FULL_MUTEX_ACQUIRED ? address : 0;
	full_append_short(chunk, at, what | FULL_AGAIN << FULL_FORM_SHIFT | number << FULL_ENTRY_SHIFT |
					     steps << FULL_STEP_SHIFT);
	return full_busy_end(stream, true);
}

/* The thread has taken a mutex.  Returns 0. */
static always_inline int full_acquired_plainly(struct thread *t, uintptr_t address, uint32_t stack)
{
	if (likely(full_write_again(t, address, stack, FULL_MUTEX_ACQUIRED, FULL_RAISES)))
		return 0;
	return full_write_acquired(t, address, OBJECT_MUTEX, MODE_WRITE, stack, 0);
}

/* Was to take this mutex the last thing that it did?  Half of all sections are so: then a bit says that it was released. */
static always_inline bool full_note_released(struct thread *t, uintptr_t address)
{
	struct chunk_header *chunk = t->full.chunk;
	unsigned char *end = (unsigned char *)(chunk + 1) + *(volatile uint32_t *)&chunk->committed;

	if (*(volatile uintptr_t *)&t->full.last_address != address)
		return false;
	/* op, mode and flags are the first byte: nothing has to be read. */
	end[-4] = FULL_MUTEX_ACQUIRED | FULL_RELEASED << FULL_FLAGS_SHIFT;
	t->full.last_address = 0;
	return true;
}

/* It is about to give it back, the newest that it had, which it had taken at this place (0: unknown). */
static always_inline void full_released_plainly(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = stream->chunk;

	if (unlikely(!stack || !switches.records_all || stream->busy_in || chunk->committed >= FULL_ROOM))
		return full_write_released(t, address, kind);
	full_busy_begin(stream, chunk);
	full_append_short(chunk, chunk->committed, FULL_RELEASE_HELD | FULL_AGAIN << FULL_FORM_SHIFT |
							   full_entry_of(address, stack) << FULL_ENTRY_SHIFT);
	stream->last_address = 0;
	full_busy_end(stream, true);
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
