/* SPDX-License-Identifier: MIT */
/* The chunks of a full recording: new ones until the budget is used up, and those that threads have left with room in them. */
#include "full_chunks.h"

#include "arena.h"
#include "full.h"

#include <sys/mman.h>

#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

enum {
	MAX_LEFT = 1 << 12,
	SMALLEST_ROOM = 256,		/* bytes that are worth being kept */
};

static struct {
	uint64_t n_new;			/* that may still be taken */
	struct chunk_header *left[MAX_LEFT];
	uint32_t n_left;
} chunks;

cold void full_chunks_open(uint64_t n)
{
	chunks.n_new = n;
	chunks.n_left = 0;
}

cold struct chunk_header *full_chunk_take(void)
{
	uint32_t number;

	if (chunks.n_left)
		return chunks.left[--chunks.n_left];
	if (!chunks.n_new)
		return NULL;
	chunks.n_new--;
	return arena_chunk_new(CHUNK_FULL, &number);
}

cold void full_chunk_leave(struct chunk_header *chunk)
{
	if (chunks.n_left < MAX_LEFT)
		chunks.left[chunks.n_left++] = chunk;
}

cold bool full_chunk_has_room(const struct chunk_header *chunk)
{
	return chunk && chunk->committed <= FULL_ROOM - SMALLEST_ROOM;
}

/* Older kernels say EINVAL. */
cold void full_chunk_fault_in(struct chunk_header *chunk)
{
	const uintptr_t first = (uintptr_t)chunk & -(uintptr_t)4096;

	madvise((void *)first, (uintptr_t)chunk + TRACE_CHUNK_SIZE - first, MADV_POPULATE_WRITE);
}
