/* SPDX-License-Identifier: MIT */
/* Full recording: what happens when a record is not of the shortest form, or has no room.
 *
 * A signal handler that locks may come between any two instructions of write_again().  It finds the stream busy in its
 * chunk, and goes on in another, a new piece, with records that depend on no entry: what it interrupted means the same, and
 * the thread goes on behind it.  The chunk that it has left is the one it takes the next time.
 */
#include "full.h"

#include "arena.h"
#include "births.h"
#include "full_chunks.h"
#include "full_entries.h"
#include "lock.h"
#include "options.h"
#include "pages.h"

#include <string.h>

enum {
	MAX_OBJECTS = 1 << 24,		/* ids that objects.c gives */
	STAMP_BYTES = 4096,		/* of records, from one look at the clock to the next */
};

/* The chunk of a thread that has none. */
static struct chunk_header no_room = {.committed = FULL_ROOM};

static struct {
	struct lock lock;
	uint32_t *sequences;		/* by place_of(id) */
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
	full_chunks_open(most / TRACE_CHUNK_SIZE);
	pages_free(full.sequences, MAX_OBJECTS * sizeof(*full.sequences));
	full.sequences = options.mode == TRACE_FULL ? pages_new(MAX_OBJECTS * sizeof(*full.sequences)) : NULL;
	switches.records_all = full.sequences != NULL;
}

cold void full_begin_thread(struct thread *t)
{
	t->full.chunk = &no_room;
	t->full.busy_in = t->full.interrupted = NULL;
	t->full.n_pieces = 0;
	t->full.stamp_at = 0;
	t->full.nested = NULL;
	full_disagree(t);
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

static cold void leave_to_others(struct chunk_header *chunk)
{
	if (!full_chunk_has_room(chunk))
		return;
	lock_acquire(&full.lock);
	full_chunk_leave(chunk);
	lock_release(&full.lock);
}

static cold void chunk_leave(struct full_stream *stream)
{
	leave_to_others(stream->chunk);
	leave_to_others(stream->interrupted);
	stream->chunk = &no_room;
	stream->interrupted = NULL;
}

/* The thread's own, left by a signal handler because a record was being written there, which is done.  Or one of nobody. */
static cold struct chunk_header *chunk_next(struct full_stream *stream)
{
	struct chunk_header *own = stream->interrupted;

	if (own == stream->busy_in)
		return full_chunk_take();
	stream->interrupted = stream->busy_in;
	return full_chunk_has_room(own) ? own : full_chunk_take();
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
	if (switches.records_all && birth_note_late(t) && full_entries_renew(stream))
		chunk = chunk_next(stream);
	if (!chunk)
		stop();
	lock_release(&full.lock);
	if (!chunk)
		return false;
	if (!chunk->committed)
		full_chunk_fault_in(chunk);
	append(chunk, &(struct full_record){.op = FULL_OWNER,
					    .steps = stream->n_filling,
					    .object = t->index,
					    .stack = stream->n_pieces++,
					    .sequence = t->segment});
	stream->chunk = chunk;
	return true;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

/* The number of the entry for records that have no room for more. */
static always_inline uint32_t low_entry_of(uint64_t key)
{
	return (uint32_t)(key >> (64 - FULL_ENTRY_BITS));
}

/* What the number of an object is to the one who does something to it. */
enum raise {
	KEEPS,				/* it stays */
	RAISES,				/* it is raised by who has the object for itself, */
	RAISES_WITH_OTHERS		/* or by any of several */
};

static cold void stamp(struct thread *t)
{
	struct full_stream *stream = &t->full;
	uint64_t now = now_ns();
	uint32_t at;

	append(stream->chunk,
	       &(struct full_record){.op = FULL_TIME, .object = (uint32_t)now, .stack = (uint32_t)(now >> 32)});
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
		stamp(t);
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

static uint32_t number_of(uint32_t *sequence, enum raise raise)
{
	if (raise == RAISES_WITH_OTHERS)
		return __atomic_add_fetch(sequence, 1, __ATOMIC_ACQ_REL);
	if (raise == RAISES)
		__atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELAXED);
	return __atomic_load_n(sequence, __ATOMIC_RELAXED);
}

/* Gives the record its form, and keeps the entry of this number as the reader will have it.  Called while the stream is busy. */
static void shorten(struct full_stream *stream, uint32_t number, uint64_t key, struct full_record *record)
{
	struct full_entry *entry = &stream->entries[number];
	const uint32_t low = number & FULL_ENTRY_MASK, upper = number >> FULL_ENTRY_BITS;

	record->entry = low;
	/* Where there is no room for the upper part of the number, the entry is said anew. */
	if (entry->key == key && record->sequence - entry->last <= FULL_MAX_STEPS && !upper) {
		record->form = FULL_AGAIN;
		record->steps = record->sequence - entry->last;
	} else {
		record->form = FULL_FIRST;
		record->steps = upper;
		stream->n_first++;
		stream->n_replaced += entry->key && entry->key != key;
	}
	*entry = (struct full_entry){.key = key,
				     .sequence = sequence_of(record->object),
				     .last = record->sequence,
				     .id = record->object,
				     .nested = 1 | upper << FULL_MODE_SHIFT | FULL_NESTED << FULL_FORM_SHIFT |
					       low << FULL_ENTRY_SHIFT};
}

/* A record is about to say that the thread has got this: do the books say the same? */
static void agree(struct thread *t, uintptr_t address)
{
	uint32_t n = t->slot->n_holds;

	if (!n || t->holds[n - 1].address != address)
		full_disagree(t);
	else if (t->full.agreed_from > n - 1)
		t->full.agreed_from = n - 1;
}

/* Writes a record that is not of the shortest form, or does not find its room or entry as they were. */
static void tell(struct thread *t, uintptr_t address, enum object_kind kind, struct full_record record, enum raise raise)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *was_busy_in = stream->busy_in, *chunk;
	bool is_nested = record.op == FULL_ACQUIRE && record.mode == MODE_WRITE && !record.flags && !was_busy_in;
	uint64_t key;
	uint32_t number;

	do {
		stream->busy_in = was_busy_in;
		if (!has_room(t))
			return;
		chunk = stream->chunk;
	} while (!full_busy_begin(stream, chunk, was_busy_in ?: chunk));
	key = full_key(objects_era_now(address), address, record.stack);
	number = is_nested ? (uint32_t)(full_entry_of(stream, key) - stream->entries) : low_entry_of(key);
	record.object = stream->entries[number].key == key && !was_busy_in ? stream->entries[number].id :
									      find_id(t, address, kind, record.stack);
	if (record.object) {
		record.entry = number;
		record.sequence = number_of(sequence_of(record.object), raise);
		if (!was_busy_in)
			shorten(stream, number, key, &record);
		append(chunk, &record);
	}
	__asm__ volatile("" ::: "memory");
	stream->busy_in = was_busy_in;
}

/* Several threads may have it at once, though exclusively: as a slot of a semaphore, or for their process.  Their order is
 * kept; what it is to give it back is not told here. */
static inline bool is_token(enum object_kind kind)
{
	return kind == OBJECT_SEM || kind == OBJECT_FILE_LOCK;
}

/* Writes in its shortest form what the thread has done; `what` is the op, mode and flags of the record.  false: it cannot have that
 * form, and nothing was done.  (That recording is over ends all eras, too.) */
static always_inline bool write_again(struct thread *t, uintptr_t address, uint32_t stack, uint32_t what, enum raise raise)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = stream->chunk;
	uint64_t key = full_key(objects_era_now(address), address, stack);
	uint32_t number = low_entry_of(key), before, sequence, steps, at;
	struct full_entry *entry;

	if (unlikely(stream->busy_in))
		return false;
	if (!full_busy_begin(stream, chunk, chunk))
		return full_busy_end(stream, false);
	at = chunk->committed;
	entry = &stream->entries[number];
	if (unlikely(at >= stream->stamp_at) || unlikely(entry->key != key))
		return full_busy_end(stream, false);
	before = __atomic_load_n(entry->sequence, __ATOMIC_RELAXED);
	sequence = before + (raise != KEEPS);
	steps = sequence - entry->last;
	if (unlikely(steps > FULL_MAX_STEPS))
		return full_busy_end(stream, false);
	if (raise == RAISES)
		__atomic_store_n(entry->sequence, sequence, __ATOMIC_RELAXED);
	else if (raise == RAISES_WITH_OTHERS &&
		 unlikely(!__atomic_compare_exchange_n(entry->sequence, &before, sequence, false, __ATOMIC_ACQ_REL,
						       __ATOMIC_RELAXED)))
		return full_busy_end(stream, false);
	entry->last = sequence;
	full_append_short(chunk, at, what | FULL_AGAIN << FULL_FORM_SHIFT | number << FULL_ENTRY_SHIFT |
						  steps << FULL_STEP_SHIFT);
	return full_busy_end(stream, true);
}

/* false: nothing was done. */
static always_inline bool write_released_newest(struct full_stream *stream)
{
	struct chunk_header *chunk = stream->chunk;
	bool has_room = full_busy_begin(stream, chunk, chunk) && chunk->committed < FULL_ROOM;

	if (likely(has_room))
		full_append_short(chunk, chunk->committed, FULL_RELEASE_NEWEST | FULL_AGAIN << FULL_FORM_SHIFT);
	return full_busy_end(stream, has_room);
}

static inline bool write_acquired(struct thread *t, uintptr_t address, enum object_mode mode, uint32_t stack, uint32_t flags)
{
	const uint32_t what = FULL_ACQUIRE | mode << FULL_MODE_SHIFT | flags << FULL_FLAGS_SHIFT;

	if (mode != MODE_WRITE)
		return write_again(t, address, stack, what, KEEPS);
	if (flags)
		return write_again(t, address, stack, what, RAISES);
	return full_write_exclusive(t, objects_era_now(address), address, stack);
}

int full_write_known(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	return full_write_newest(t, t->slot->n_holds - 1, objects_era_now(address), address, kind, stack);
}

int full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			uint32_t flags)
{
	const struct full_record record = {.op = FULL_ACQUIRE, .mode = mode, .flags = flags, .stack = stack};

	stops_look(STOP_ACQUIRED, address, kind);
	if (unlikely(!switches.records_all))
		return 0;
	if (is_token(kind)) {
		full_disagree(t);
		full_write_token(t, FULL_WOKEN, address, kind, stack);
		return 0;
	}
	agree(t, address);
	if (!write_acquired(t, address, mode, stack, flags))
		tell(t, address, kind, record, mode == MODE_WRITE ? RAISES : KEEPS);
	return 0;
}

static void tell_released(struct thread *t, uintptr_t address, enum object_kind kind)
{
	tell(t, address, kind, (struct full_record){.op = FULL_RELEASE}, KEEPS);
}

void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind)
{
	stops_look(STOP_RELEASING, address, kind);
	if (likely(switches.records_all))
		tell_released(t, address, kind);
}

void full_write_released_newest(struct thread *t, uintptr_t address, enum object_kind kind)
{
	struct full_stream *stream = &t->full;

	stops_look(STOP_RELEASING, address, kind);
	if (unlikely(!switches.records_all) || full_note_released(t))
		return;
	if (unlikely(t->slot->n_holds < stream->agreed_from || stream->busy_in) || !write_released_newest(stream))
		tell_released(t, address, kind);
}

void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	if (!write_again(t, address, stack, op | MODE_TOKEN << FULL_MODE_SHIFT, RAISES_WITH_OTHERS))
		tell(t, address, kind, (struct full_record){.op = op, .mode = MODE_TOKEN, .stack = stack},
		     RAISES_WITH_OTHERS);
}

cold void full_write_mark(struct thread *t, enum full_op op)
{
	/* What has not begun begins with its segment. */
	if (!t->full.n_pieces || !has_room(t))
		return;
	append(t->full.chunk, &(struct full_record){.op = op, .sequence = t->segment});
	if (op == FULL_END)
		chunk_leave(&t->full);
}
