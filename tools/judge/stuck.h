/* SPDX-License-Identifier: MIT */
/* Threads that were found waiting for each other: the deadlocks that were recorded when they closed, and those that the
 * live table shows at the end of a trace.
 */
#ifndef SNAG_STUCK_H
#define SNAG_STUCK_H

#include "inquiry.h"

/* One thread's part of it. */
struct stuck_part {
	uint32_t model;
	const struct wait *wait;
	uint64_t want_address;
	const uint64_t *held_addresses;	/* beside wait->held; NULL: those of the objects */
};

/* Each waits for what the next one holds (or is), the last for the first; one alone waits for itself. */
struct stuck {
	uint32_t n;
	const struct stuck_part *parts;
	uint32_t n_behind;		/* other threads that wait for one of these, directly or not */
};

typedef void stuck_fn(struct inquiry *inquiry, const struct stuck *stuck);

/* Calls back for every circle; the same one may come from the record and from the table. */
void stuck_each(struct inquiry *inquiry, stuck_fn *each);

/* Of a thread that waits for itself: is it a signal handler that waits for what the thread held before? */
bool stuck_in_handler(const struct inquiry *inquiry, const struct stuck *stuck);

/* Enters it under a rule.  `detail` goes on with the sentence of draft_seen(), or is "". */
void stuck_report(struct inquiry *inquiry, const struct stuck *stuck, enum rule rule, const char *detail);

#endif
