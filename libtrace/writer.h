/* SPDX-License-Identifier: MIT */
/* Appends records to the trace file.
 *
 * A few chunks are open at once, and a thread borrows one of them for as long as it copies one record: so the file grows
 * with what is recorded, not with the number of threads, and threads do not wait for each other.
 */
#ifndef SNAG_WRITER_H
#define SNAG_WRITER_H

#include "trace_format.h"

#include <stddef.h>

/* Appends a record: its fixed part (which begins with a record_header whose thread is set) and a tail.  Returns its
 * place in the mapping, or NULL when there is no room (counted). */
const void *writer_append(enum record_type type, void *fixed, size_t fixed_size, const void *tail, size_t tail_size);

/* Forgets the open chunks, for a new file. */
void writer_reset(void);

#endif
