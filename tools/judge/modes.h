/* SPDX-License-Identifier: MIT */
/* Who blocks whom: the one place that knows.
 *
 *     held \ wanted   write   read
 *     write           blocks  blocks
 *     read            blocks  -
 *
 * Two readers never block each other.  A token (the end of a thread) is held exclusively.
 */
#ifndef SNAG_MODES_H
#define SNAG_MODES_H

#include "libtrace/trace_format.h"

#include <stdbool.h>

/* Can these not have the same lock at once?  Then one waits for the other, and two threads that both held it so at some
 * point were not there at the same time: it is a gate. */
static inline bool modes_conflict(enum object_mode a, enum object_mode b)
{
	return a != MODE_READ || b != MODE_READ;
}

#endif
