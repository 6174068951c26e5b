/* SPDX-License-Identifier: MIT */
/* Full recording: what happens when a record is not of the shortest form, or has no room.
 *
 * A signal handler that locks may come between any two instructions of full_write_again().  It finds the stream busy in its
 * chunk, and goes on in another, a new piece, with records that depend on no entry: what it interrupted means the same, and
 * the thread goes on behind it.
 */
#include "full.h"

#include "arena.h"
#include "births.h"
#include "lock.h"
#include "options.h"
#include "pages.h"

#include <string.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
	MAX_OBJECTS = 1 << 24,		/* ids that objects.c gives */
	MAX_PIECES = 1 << 12,		/* of chunks that threads have left behind */
	SMALLEST_PIECE = 256,		/* bytes that are worth being kept */
	STAMP_BYTES = 4096,		/* of records, from one look at the clock to the next */
};

/* The chunk of a thread that has none. */
static struct chunk_header no_room = {.committed = FULL_ROOM};

static struct {
	struct lock lock;
	uint32_t *sequences;		/* by place_of(id) */
	uint64_t n_chunks;		/* that may still be taken */
	struct chunk_header *left[MAX_PIECES];
	uint32_t n_left;
} full;
/* Ids that are neighbours are used by threads that need not be: they lie in different cache lines of a page. */
static uint32_t *sequence_of(uint32_t id)
{
	return &full.sequences[(id & ~1023u) | (id & 63) << 4 | (id >> 6 & 15)];
}

static cold void stop(void)
{
	if (__atomic_exchange_n(&switches.records_all, 0, __ATOMIC_SEQ_CST))
		arena_count_cap(CAP_FULL);
	objects_end_eras();
}

cold void full_open(void)
{
	uint64_t most = options.budget < arena_largest() / 2 ? options.budget : arena_largest() / 2;

	full.lock.word = 0;
	full.n_left = 0;
	full.n_chunks = most / TRACE_CHUNK_SIZE;
	pages_free(full.sequences, MAX_OBJECTS * sizeof(*full.sequences));
	full.sequences = options.mode == TRACE_FULL ? pages_new(MAX_OBJECTS * sizeof(*full.sequences)) : NULL;
	switches.records_all = full.sequences != NULL;
}

cold void full_begin_thread(struct thread *t)
{
	if (t->full.n_pieces)
		memset(t->full.entries, 0, sizeof(t->full.entries));
	t->full.chunk = &no_room;
	t->full.busy_in = NULL;
	t->full.n_pieces = 0;
	t->full.stamp_at = 0;
	t->full.last_address = 0;
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

/* All its pages at once, which is cheaper than one by one when they are written.  Older kernels say EINVAL. */
static cold void fault_in(struct chunk_header *chunk)
{
	const uintptr_t first = (uintptr_t)chunk & -(uintptr_t)4096;

	madvise((void *)first, (uintptr_t)chunk + TRACE_CHUNK_SIZE - first, MADV_POPULATE_WRITE);
}

/* A chunk with room in it, or NULL.  Called with the lock. */
static cold struct chunk_header *chunk_take(void)
{
	uint32_t number;

	if (full.n_left)
		return full.left[--full.n_left];
	if (!full.n_chunks)
		return NULL;
	full.n_chunks--;
	return arena_chunk_new(CHUNK_FULL, &number);
}

static cold void chunk_leave(struct full_stream *stream)
{
	struct chunk_header *chunk = stream->chunk;

	stream->chunk = &no_room;
	if (chunk->committed > FULL_ROOM - SMALLEST_PIECE)
		return;
	lock_acquire(&full.lock);
	if (full.n_left < MAX_PIECES)
		full.left[full.n_left++] = chunk;
	lock_release(&full.lock);
}

/* What makes it more than nothing is written last. */
static void append(struct chunk_header *chunk, const struct full_record *record)
{
	uint32_t size = full_record_size(record->form), head;
	uint32_t *place =
		(uint32_t *)((char *)(chunk + 1) + __atomic_fetch_add(&chunk->committed, size, __ATOMIC_RELEASE));

	memcpy(&head, record, sizeof(head));
	memcpy(place + 1, (const char *)record + sizeof(head), size - sizeof(head));
	__atomic_store_n(place, head, __ATOMIC_RELEASE);
}

/* Begins a piece of the thread.  false: there is no more room for anybody. */
static cold bool piece_begin(struct thread *t)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = NULL;

	lock_acquire(&full.lock);
	if (switches.records_all && birth_note_late(t))
		chunk = chunk_take();
	if (!chunk)
		stop();
	lock_release(&full.lock);
	if (!chunk)
		return false;
	if (!chunk->committed)
		fault_in(chunk);
	/* A piece can be read without those before it. */
	if (stream->n_pieces)
		memset(stream->entries, 0, sizeof(stream->entries));
	append(chunk, &(struct full_record){
			      .op = FULL_OWNER, .object = t->index, .stack = stream->n_pieces++, .sequence = t->segment});
	stream->last_address = 0;
	stream->chunk = chunk;
	return true;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

static cold void stamp(struct full_stream *stream)
{
	uint64_t now = now_ns();
	uint32_t at;

	append(stream->chunk,
	       &(struct full_record){.op = FULL_TIME, .object = (uint32_t)now, .stack = (uint32_t)(now >> 32)});
	stream->last_address = 0;
	at = stream->chunk->committed + STAMP_BYTES;
	stream->stamp_at = at < FULL_ROOM ? at : FULL_ROOM;
}

/* A chunk that is not busy, with room and the time in it.  Closes the guard if it is not. */
static cold bool make_room(struct thread *t)
{
	bool was_open = thread_active != NULL, has = true;

	if (was_open)
		thread_enter(t);
	if (t->full.chunk->committed >= FULL_ROOM || t->full.chunk == t->full.busy_in)
		has = piece_begin(t);
	if (was_open)
		thread_leave(t);
	if (has)
		stamp(&t->full);
	return has;
}

static inline bool has_room(struct thread *t)
{
	return likely(t->full.chunk->committed < t->full.stamp_at && t->full.chunk != t->full.busy_in) || make_room(t);
}

/* 0: there is no room for it, and then recording is over. */
static cold uint32_t find_id(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	bool was_open = thread_active != NULL;
	uint32_t id;

	if (was_open)
		thread_enter(t);
	id = object_id(t, address, kind, stack);
	if (was_open)
		thread_leave(t);
	if (!id)
		stop();
	return id;
}

static uint32_t number_of(uint32_t *sequence, enum full_raise raise)
{
	if (raise == FULL_RAISES_WITH_OTHERS)
		return __atomic_add_fetch(sequence, 1, __ATOMIC_ACQ_REL);
	if (raise == FULL_RAISES)
		__atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELAXED);
	return __atomic_load_n(sequence, __ATOMIC_RELAXED);
}

/* Does the entry stand for it, so that few steps are all that is left to say? */
static bool is_again(const struct full_entry *entry, uintptr_t address, const struct full_record *record)
{
	return entry->address == address && entry->id == record->object && entry->stack == record->stack &&
	       record->sequence - entry->last <= FULL_MAX_STEPS;
}

/* Gives the record its form, and keeps the entry as the reader will have it.  Called while the stream is busy. */
static void shorten(struct full_entry *entry, uintptr_t address, uint32_t era, struct full_record *record)
{
	record->form = is_again(entry, address, record) ? FULL_AGAIN : FULL_FIRST;
	record->steps = record->form == FULL_AGAIN ? record->sequence - entry->last : 0;
	*entry = (struct full_entry){.address = address,
				     .sequence = sequence_of(record->object),
				     .last = record->sequence,
				     .stack = record->stack,
				     .id = record->object,
				     .era = era};
}

static void tell(struct thread *t, uintptr_t address, enum object_kind kind, struct full_record record, enum full_raise raise)
{
	struct full_stream *stream = &t->full;
	struct full_entry *entry;
	uint32_t era = (uint32_t)__atomic_load_n(objects_era(address), __ATOMIC_ACQUIRE);
	struct chunk_header *was_busy_in = stream->busy_in;

	record.entry = full_entry_of(address, record.stack);
	entry = &stream->entries[record.entry];
	record.object = entry->address == address && entry->era == era && !was_busy_in ?
				entry->id :
				find_id(t, address, kind, record.stack);
	if (!record.object || !has_room(t))
		return;
	full_busy_begin(stream, was_busy_in ?: stream->chunk);
	stream->last_address = 0;
	record.sequence = number_of(sequence_of(record.object), raise);
	if (!was_busy_in)
		shorten(entry, address, era, &record);
	append(stream->chunk, &record);
	__asm__ volatile("" ::: "memory");
	stream->busy_in = was_busy_in;
}

/* Several threads may have it at once, though exclusively: as a slot of a semaphore, or for their process.  Their order is
 * kept; what it is to give it back is not told here. */
static inline bool is_token(enum object_kind kind)
{
	return kind == OBJECT_SEM || kind == OBJECT_FILE_LOCK;
}

int full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			uint32_t flags)
{
	const struct full_record record = {.op = FULL_ACQUIRE, .mode = mode, .flags = flags, .stack = stack};
	const uint32_t what = FULL_ACQUIRE | mode << FULL_MODE_SHIFT | flags << FULL_FLAGS_SHIFT;

	stops_look(STOP_ACQUIRED, address, kind);
	if (unlikely(!switches.records_all))
		return 0;
	if (is_token(kind))
		full_write_token(t, FULL_WOKEN, address, kind, stack);
	else if (mode == MODE_WRITE ? !full_write_again(t, address, stack, what, FULL_RAISES) :
				      !full_write_again(t, address, stack, what, FULL_KEEPS))
		tell(t, address, kind, record, mode == MODE_WRITE ? FULL_RAISES : FULL_KEEPS);
	return 0;
}

void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind)
{
	stops_look(STOP_RELEASING, address, kind);
	if (likely(switches.records_all))
		tell(t, address, kind, (struct full_record){.op = FULL_RELEASE}, FULL_KEEPS);
}

void full_write_released_newest(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	stops_look(STOP_RELEASING, address, kind);
	if (likely(switches.records_all))
		full_released_plainly(t, address, kind, stack);
}

void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	if (!full_write_again(t, address, stack, op | MODE_TOKEN << FULL_MODE_SHIFT, FULL_RAISES_WITH_OTHERS))
		tell(t, address, kind, (struct full_record){.op = op, .mode = MODE_TOKEN, .stack = stack},
		     FULL_RAISES_WITH_OTHERS);
}

cold void full_write_mark(struct thread *t, enum full_op op)
{
	/* What has not begun begins with its segment. */
	if (!t->full.n_pieces || !has_room(t))
		return;
	t->full.last_address = 0;
	append(t->full.chunk, &(struct full_record){.op = op, .sequence = t->segment});
	if (op == FULL_END)
		chunk_leave(&t->full);
}
