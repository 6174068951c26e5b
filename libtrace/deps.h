/* SPDX-License-Identifier: MIT */
/* Which dependencies are in the trace, and the writing of those that are not.
 *
 * A dependency that was written is not written again, and of those that differ only in their locks or in their segments
 * only so many are.  What is one too many leaves nothing behind, no object either: the price of a million locks is that of
 * their first 65,536.
 */
#ifndef SNAG_DEPS_H
#define SNAG_DEPS_H

#include "live.h"
#include "thread.h"

/* While it holds what it holds, the thread does `op`.  Called with the guard closed. */
void deps_write(struct thread *t, const struct live_want *want, enum dep_op op);

/* A thread that is one of too many is like all others from its place: what one of them did is not news. */
uint64_t deps_thread_key(const struct thread *t);
uint32_t deps_thread_segment(const struct thread *t);

/* Forgets everything written, for a new trace file. */
void deps_reset(void);

/* An empty function, for debuggers to stop in: a dependency has just been written. */
void snag_on_dependency(void);

#endif
