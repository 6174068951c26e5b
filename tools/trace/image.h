/* SPDX-License-Identifier: MIT */
/* A private copy of a trace file, taken so that it is consistent although the program may still be writing.
 *
 * The copy is made in this order, and nothing is read from the file afterwards:
 *   1. the header
 *   2. how much each chunk had committed then: facts are taken up to there
 *   3. the live table, between two looks at every slot's epoch: a wait that changed meanwhile is marked as over
 *   4. the chunks as they are now: definitions are taken from all of it
 * Definitions are committed before what refers to them, so every fact of step 2 and every slot of step 3 finds its own.
 */
#ifndef SNAG_IMAGE_H
#define SNAG_IMAGE_H

#include "libtrace/wait_graph.h"

struct pool;

struct image {
	struct live_view view;		/* bytes at their own offsets; what was not read is zero */
	uint32_t n_chunks;		/* these lie in the view, the last one perhaps in part */
	uint32_t *fact_sizes;		/* for each chunk: bytes of records that were committed at step 2 */
	char *damage;			/* NULL: the file has what its header promises */
};

/* 0, or -1 with one sentence in *ret_why, to be freed, when this is no trace that can be read. */
int image_read(const char *path, struct pool *pool, struct image *ret_image, char **ret_why);

static inline const struct trace_header *image_header(const struct image *image)
{
	return (const void *)image->view.base;
}

static inline const struct chunk_header *image_chunk(const struct image *image, uint32_t chunk)
{
	return (const void *)(image->view.base + TRACE_HEADER_SIZE + (uint64_t)chunk * TRACE_CHUNK_SIZE);
}

#endif
