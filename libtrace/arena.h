/* SPDX-License-Identifier: MIT */
/* The trace file of this process, mapped: its header, its chunks, and its growth.
 *
 * Address space for the largest file is reserved at once, so that nothing ever moves; file space is reserved
 * (fallocate) before it is mapped, so that a full disk is an answer here and not a SIGBUS in the program.
 */
#ifndef SNAG_ARENA_H
#define SNAG_ARENA_H

#include "trace_format.h"
#include "wait_graph.h"

#include <stdbool.h>
#include <stddef.h>

/* The mapped header, NULL while there is no trace.  Debuggers find it by this name. */
extern struct trace_header *snag_trace;

/* Makes and maps a new trace file.  `flags`: enum trace_flag.  false: nothing can be recorded. */
bool arena_open(uint32_t flags);

/* In a forked child: the parent's trace, still mapped, is no longer ours. */
struct arena_mapping {
	struct trace_header *header;
	size_t size;
};

struct arena_mapping arena_leave(void);
void arena_unmap(struct arena_mapping old);

/* The process is about to become another user, or to change its root folder: the file must stay within reach, to grow. */
void arena_keep_open(void);

/* Says that the program ended as it should, and gives unused file space back. */
void arena_end(void);

/* A new chunk, and its number; NULL when there is no more room. */
void *arena_chunk_new(enum chunk_kind kind, uint32_t *ret_number);

/* Bytes that the file may have at most. */
uint64_t arena_largest(void);

/* Offset in the file of something inside the mapping. */
uint64_t arena_offset(const void *inside);

struct live_view arena_view(void);

/* One more fact is lost, or (-1) one less. */
void arena_count_lost(enum lost_reason reason, int64_t more);
void arena_count_cap(enum trace_cap cap);

/* Now, in CLOCK_MONOTONIC nanoseconds. */
uint64_t now_ns(void);

#endif
