/* SPDX-License-Identifier: MIT */
/* Counts what waiting for locks costs: by lock, by who asks for it and by who had it; and how long they are held by those
 * who had to wait.
 *
 * Only a thread that has already failed to get a lock comes here.  It looks up what to count in before it waits, while it
 * has nothing else to do; when it has the lock, and others may be waiting for it, adding to that is all that is left.
 *
 * How long it then has the lock is known for a plain mutex: who has slept for one leaves it marked as waited for (plain.h), so
 * giving it back is not on the hot path either.
 */
#ifndef SNAG_CONTENTION_H
#define SNAG_CONTENTION_H

#include "live.h"

struct contention_wait {
	struct trace_contention *cell;	/* NULL: it is not counted */
	uint64_t since_ns;
	uint32_t owner;			/* thread index */
	uint64_t until_ns;
};

/* The thread has just published that it wants this (live_wait_begin), in this mode: of a semaphore only a token is published,
 * though it may be a lock. */
void contention_begin(struct thread *t, const struct live_want *want, enum object_mode mode,
		      struct contention_wait *ret_wait);
void contention_end(struct thread *t, struct contention_wait *wait);

/* By this wait it has got it, and holds it as the newest. */
void contention_acquired(struct thread *t, const struct live_want *want, const struct contention_wait *wait);

/* It gives back what this hold says, which is timed. */
void contention_released(struct thread *t, struct live_hold *hold);

/* Forgets everything counted, for a new trace file. */
void contention_reset(void);

#endif
