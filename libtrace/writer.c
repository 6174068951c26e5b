/* SPDX-License-Identifier: MIT */
/* Appends records to the trace file, through a few open chunks. */
#include "writer.h"

#include "arena.h"
#include "compiler.h"
#include "lock.h"

#include <sched.h>
#include <string.h>

enum {
	N_SHARDS = 8,
	ROOM = TRACE_CHUNK_SIZE - sizeof(struct chunk_header),
};

/* The shards' locks are only ever tried, and held only while one record is copied. */
static struct shard {
	struct lock lock;
	struct chunk_header *chunk;
} __attribute__((aligned(64))) shards[N_SHARDS];

static cold struct shard *shard_borrow(uint32_t thread)
{
	for (uint32_t i = thread;; i++) {
		struct shard *shard = &shards[i % N_SHARDS];

		if (lock_try(&shard->lock))
			return shard;
		if (i - thread >= N_SHARDS)
			sched_yield();
	}
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
		arena_count_lost(snag_trace->flags & TRACE_ENDED ? LOST_AFTER_EXIT : LOST_NO_SPACE);
	}
	lock_release(&shard->lock);
	return at;
}

cold void writer_reset(void)
{
	memset(shards, 0, sizeof(shards));
}
