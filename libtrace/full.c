/* SPDX-License-Identifier: MIT */
/* Full recording: every operation.
 *
 * A signal handler that locks may come between any two instructions here.  A place for a record is taken by one instruction,
 * and a record that was not filled when the program was killed reads as FULL_NONE.
 */
#include "full.h"

#include "arena.h"
#include "births.h"
#include "lock.h"
#include "objects.h"
#include "options.h"
#include "pages.h"

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
	MAX_OBJECTS = 1 << 24,		/* ids that objects.c gives */
	MAX_PIECES = 1 << 12,		/* of chunks that threads have left behind */
	SMALLEST_PIECE = 16,		/* records that are worth being kept */
	PER_CHUNK = (TRACE_CHUNK_SIZE - sizeof(struct chunk_header)) / sizeof(struct full_record),
};

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
	t->full.at = t->full.end = t->full.last = NULL;
	t->full.n_pieces = 0;
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
	if (!stream->at || stream->end - stream->at < SMALLEST_PIECE)
		return;
	lock_acquire(&full.lock);
	if (full.n_left < MAX_PIECES)
		full.left[full.n_left++] = stream->chunk;
	lock_release(&full.lock);
}

static inline void commit(struct full_stream *stream)
{
	uint32_t size = (uint32_t)((char *)stream->at - (char *)(stream->chunk + 1));

	__atomic_store_n(&stream->chunk->committed, size, __ATOMIC_RELEASE);
}

/* Begins a piece of the thread.  false: there is no more room for anybody. */
static cold bool piece_begin(struct thread *t)
{
	struct full_stream *stream = &t->full;
	struct chunk_header *chunk = NULL;
	struct full_record *at;

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
	at = (struct full_record *)((char *)(chunk + 1) + chunk->committed);
	*at = (struct full_record){
		.op = FULL_OWNER, .object = t->index, .stack = stream->n_pieces++, .sequence = t->segment};
	stream->chunk = chunk;
	stream->end = (struct full_record *)(chunk + 1) + PER_CHUNK;
	stream->at = at + 1;
	commit(stream);
	return true;
}

/* Called from the hot path with the guard open. */
static cold bool piece_next(struct thread *t)
{
	bool has_room;

	thread_enter(t);
	has_room = piece_begin(t);
	thread_leave(t);
	return has_room;
}

/* ---- records ---------------------------------------------------------------------------------------------------- */

/* One place, also when a signal handler takes others meanwhile. */
static inline struct full_record *place_take(struct full_stream *stream)
{
	struct full_record *place;

#ifdef __x86_64__
	uintptr_t size = sizeof(*place);

	__asm__ volatile("xaddq %0, %1" : "+r"(size), "+m"(stream->at)::"memory");
	place = (struct full_record *)size;
#else
	place = (struct full_record *)__atomic_fetch_add((uintptr_t *)&stream->at, sizeof(*place), __ATOMIC_RELAXED);
#endif
	return place;
}

/* NULL: there is no room, and recording is over. */
static inline struct full_record *append(struct thread *t, struct full_record record)
{
	struct full_stream *stream = &t->full;
	struct full_record *place;

	do {
		if (unlikely(stream->at >= stream->end) && !(thread_active ? piece_next(t) : piece_begin(t)))
			return NULL;
		place = place_take(stream);
	} while (unlikely(place >= stream->end));
	*place = record;
	commit(stream);
	return place;
}

static cold uint32_t find_id(struct thread *t, struct full_known *known, uintptr_t address, enum object_kind kind,
			     uint32_t stack)
{
	bool was_open = thread_active != NULL;
	uint32_t epoch = __atomic_load_n(&objects_epoch, __ATOMIC_ACQUIRE), id;

	if (was_open)
		thread_enter(t);
	id = object_id(t, address, kind, stack);
	known->address = 0;
	__asm__ volatile("" ::: "memory");
	known->id = id;
	known->epoch = epoch;
	__asm__ volatile("" ::: "memory");
	known->address = id ? address : 0;
	if (was_open)
		thread_leave(t);
	return id;
}

/* 0: there is no room for it, and then recording is over. */
static inline uint32_t id_of(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	struct full_known *known = &t->full.known[address * 0x9e3779b97f4a7c15u >> (64 - FULL_KNOWN_BITS)];
	uint32_t id;

	if (likely(known->address == address && known->epoch == __atomic_load_n(&objects_epoch, __ATOMIC_ACQUIRE))) {
		id = known->id;
		__asm__ volatile("" ::: "memory");
		if (likely(known->address == address))
			return id;
	}
	id = find_id(t, known, address, kind, stack);
	if (!id)
		stop();
	return id;
}

/* Several threads may have it at once, though exclusively: as a slot of a semaphore, or for their process.  Their order is
 * kept; what it is to give it back is not told here. */
static inline bool is_token(enum object_kind kind)
{
	return kind == OBJECT_SEM || kind == OBJECT_FILE_LOCK;
}

void full_write_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack,
			 uint32_t flags)
{
	uint32_t id, *sequence;

	stops_look(STOP_ACQUIRED, address, kind);
	if (unlikely(!switches.records_all))
		return;
	if (is_token(kind))
		return full_write_token(t, FULL_WOKEN, address, kind, stack);
	id = id_of(t, address, kind, stack);
	if (!id)
		return;
	sequence = sequence_of(id);
	if (mode == MODE_WRITE)
		__atomic_store_n(sequence, *sequence + 1, __ATOMIC_RELAXED);
	t->full.last_address = 0;
	t->full.last = append(t, (struct full_record){FULL_ACQUIRE, (uint8_t)mode, (uint8_t)flags, 0, id, stack, *sequence});
	t->full.last_address = address;
}

void full_write_released(struct thread *t, uintptr_t address, enum object_kind kind)
{
	struct full_stream *stream = &t->full;
	uint32_t id;

	stops_look(STOP_RELEASING, address, kind);
	if (unlikely(!switches.records_all))
		return;
	/* The last thing it did was to take this lock: half of all sections. */
	if (likely(stream->last_address == address && stream->last && stream->at == stream->last + 1)) {
		stream->last->flags |= FULL_RELEASED;
		stream->last_address = 0; /* a lock that was taken twice is released once more */
		return;
	}
	id = id_of(t, address, kind, 0);
	if (id)
		append(t, (struct full_record){.op = FULL_RELEASE, .object = id, .sequence = *sequence_of(id)});
}

void full_write_token(struct thread *t, enum full_op op, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	uint32_t id = id_of(t, address, kind, stack);

	if (id)
		append(t, (struct full_record){(uint8_t)op, MODE_TOKEN, 0, 0, id, stack,
					       __atomic_add_fetch(sequence_of(id), 1, __ATOMIC_ACQ_REL)});
}

cold void full_write_mark(struct thread *t, enum full_op op)
{
	/* What has not begun begins with its segment. */
	if (!t->full.n_pieces)
		return;
	append(t, (struct full_record){.op = (uint8_t)op, .sequence = t->segment});
	if (op == FULL_END)
		chunk_leave(&t->full);
}
