/* SPDX-License-Identifier: MIT */
/* Appends records to the trace file, through a few open chunks. */
#include "writer.h"

#include "arena.h"
#include "compiler.h"
#include "pages.h"

#include <sched.h>
#include <string.h>

enum {
	N_SHARDS = 8,
	PATIENCE = 16,			/* how often others are let go first before a thread makes a shard of its own */
	ROOM = TRACE_CHUNK_SIZE - sizeof(struct chunk_header),
};

/* An open chunk, which a thread borrows to copy one record into it.
 *
 * Signals are not blocked meanwhile: that would be two calls of the kernel for each record.  A handler that comes then finds
 * the thread's guard closed and writes nothing.  It may sleep until other threads go on, as those of collectors do, which
 * may need a shard: nobody waits for one that is borrowed, but takes another, and makes one when there is none.  So who is
 * cancelled there, or leaves by longjmp(), does no harm either: the shard stays borrowed, and what was written of the record
 * is not published. */
struct shard {
	struct chunk_header *chunk;
	struct shard *next;		/* of those that were made later */
	bool is_borrowed;
} __attribute__((aligned(64)));

static struct shard shards[N_SHARDS];
static struct shard *made;

static bool is_mine(struct shard *shard)
{
	return !__atomic_load_n(&shard->is_borrowed, __ATOMIC_RELAXED) &&
	       !__atomic_exchange_n(&shard->is_borrowed, true, __ATOMIC_ACQUIRE);
}

static cold struct shard *shard_that_is_free(uint32_t thread)
{
	for (uint32_t i = 0; i < N_SHARDS; i++)
		if (is_mine(&shards[(thread + i) % N_SHARDS]))
			return &shards[(thread + i) % N_SHARDS];
	for (struct shard *shard = __atomic_load_n(&made, __ATOMIC_ACQUIRE); shard; shard = shard->next)
		if (is_mine(shard))
			return shard;
	return NULL;
}

/* It is borrowed from the start.  NULL: no memory. */
static cold struct shard *shard_new(void)
{
	struct shard *shard = pages_new(sizeof(*shard));

	if (!shard)
		return NULL;
	shard->is_borrowed = true;
	shard->next = __atomic_load_n(&made, __ATOMIC_RELAXED);
	while (!__atomic_compare_exchange_n(&made, &shard->next, shard, false, __ATOMIC_RELEASE, __ATOMIC_RELAXED))
		;
	return shard;
}

/* Who has one needs it for a moment only, if nothing stops it. */
static cold struct shard *shard_borrow(uint32_t thread)
{
	struct shard *shard;

	for (int i = 0; !(shard = shard_that_is_free(thread)); i++) {
		if (i >= PATIENCE && (shard = shard_new()))
			return shard;
		sched_yield();
	}
	return shard;
}

static cold char *room_for(struct shard *shard, size_t size)
{
	struct chunk_header *chunk = shard->chunk;
	uint32_t number;

	if (!chunk || chunk->committed + size > ROOM) {
		chunk = arena_chunk_new(CHUNK_RECORDS, &number);
		if (!chunk)
			return NULL;
		shard->chunk = chunk;
	}
	return (char *)(chunk + 1) + chunk->committed;
}

cold const void *writer_append(enum record_type type, void *fixed, size_t fixed_size, const void *tail, size_t tail_size)
{
	struct record_header *header = fixed;
	size_t size = (fixed_size + tail_size + 7) & ~(size_t)7;
	struct shard *shard = shard_borrow(header->thread);
	char *at = size <= ROOM ? room_for(shard, size) : NULL;

	if (at) {
		header->type = (uint16_t)type;
		header->units = (uint16_t)(size / 8);
		memcpy(at, fixed, fixed_size);
		memcpy(at + fixed_size, tail, tail_size);
		__atomic_store_n(&shard->chunk->committed, shard->chunk->committed + (uint32_t)size, __ATOMIC_RELEASE);
	} else {
		arena_count_lost(snag_trace->flags & TRACE_ENDED ? LOST_AFTER_EXIT : LOST_NO_SPACE, 1);
	}
	__atomic_store_n(&shard->is_borrowed, false, __ATOMIC_RELEASE);
	return at;
}

cold void writer_reset(void)
{
	memset(shards, 0, sizeof(shards));
	while (made) {
		struct shard *next = made->next;

		pages_free(made, sizeof(*made));
		made = next;
	}
}
