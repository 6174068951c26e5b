/* SPDX-License-Identifier: MIT */
/* All findings so far, each told once.
 *
 * The same fault shows up many times: on other locks of the same kind, by other paths to the same code, by other threads,
 * in other processes.  A finding is entered under two keys, for the locks it is about and for the code.  What agrees in
 * either is one finding, and its strongest case is the one that is told.  Only cases that cannot deadlock do not hide
 * behind one that can because it is about the same locks; they do when it is the same code.
 */
#ifndef SNAG_DOCKET_H
#define SNAG_DOCKET_H

#include "finding.h"
#include "table.h"

struct docket_entry {
	struct finding finding;
	uint64_t counts[CLASSES];	/* cases of each class */
	uint64_t code;			/* key of the case that is told */
};

struct docket {
	struct docket_entry *entries;
	uint32_t n, capacity;
	struct table by_locks, by_code;	/* key -> entry + 1 */
};

/* Enters a case.  Returns the finding to be written when it is the strongest of its kind so far, with these three values
 * set and nothing else, valid until the next call; else NULL. */
struct finding *docket_enter(struct docket *docket, enum rule rule, enum finding_class class, enum severity severity,
			     uint64_t locks, uint64_t code);

/* A lock that is wanted in a cycle.  To be waited for with a time limit, or at the end of a condition wait, is another
 * matter than to be just asked for. */
static inline uint64_t docket_lock_key(uint64_t lock, uint32_t flags)
{
	return mix(lock, flags & (DEP_TIMED | DEP_REACQUIRE));
}

/* A key for a circle of things, which does not depend on where one begins. */
uint64_t docket_ring_key(const uint64_t *things, uint32_t n);

void docket_deinit(struct docket *docket);

#endif
