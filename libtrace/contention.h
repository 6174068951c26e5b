/* SPDX-License-Identifier: MIT */
/* Counts what waiting for locks costs: by lock, by who asks for it and by who had it.
 *
 * Only a thread that has already failed to get a lock comes here.  It looks up what to count in before it waits, while it
 * has nothing else to do; when it has the lock, and others may be waiting for it, adding to that is all that is left.
 */
#ifndef SNAG_CONTENTION_H
#define SNAG_CONTENTION_H

#include "live.h"

struct contention_wait {
	struct trace_contention *cell;	/* NULL: it is not counted */
	uint64_t since_ns;
	uint32_t owner;			/* thread index */
};

/* The thread has just published that it wants this (live_wait_begin). */
void contention_begin(struct thread *t, const struct live_want *want, struct contention_wait *ret_wait);
void contention_end(struct thread *t, const struct contention_wait *wait);

/* Forgets everything counted, for a new trace file. */
void contention_reset(void);

#endif
