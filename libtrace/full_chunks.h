/* SPDX-License-Identifier: MIT */
/* The chunks of a full recording, as far as its budget goes. */
#ifndef SNAG_FULL_CHUNKS_H
#define SNAG_FULL_CHUNKS_H

#include "trace_format.h"

#include <stdbool.h>

/* ---- one thread at a time --------------------------------------------------------------------------------------- */

/* There are this many. */
void full_chunks_open(uint64_t n);

/* One with room in it, perhaps one that a thread has left; NULL when there is none left. */
struct chunk_header *full_chunk_take(void);

/* Others may go on in it. */
void full_chunk_leave(struct chunk_header *chunk);

/* ---- its owner -------------------------------------------------------------------------------------------------- */

/* Is there enough to go on in it?  NULL: no. */
bool full_chunk_has_room(const struct chunk_header *chunk);

/* Asks for all its pages at once, which is cheaper than one by one when they are written. */
void full_chunk_fault_in(struct chunk_header *chunk);

#endif
