/* SPDX-License-Identifier: MIT */
/* What waiting for locks has cost, lock by lock. */
#ifndef SNAG_REPORT_CONTENTION_H
#define SNAG_REPORT_CONTENTION_H

#include "page.h"
#include "report.h"

/* A lock that was waited for. */
struct contended_lock {
	struct finding_lock lock;	/* .object 0: several locks, of which only the places are known */
	uint64_t n, total_ns;
	uint64_t n_holds, held_ns, longest_held_ns;	/* as far as they were timed */
	const struct contention *longest;	/* the place of the longest wait */
	const struct contention *places;	/* n_places of them, the dearest (total_ns) first */
	uint32_t n_places;
};

/* All of a session, the dearest first.  They live as long as the report. */
struct contended_lock *contended_locks(const struct report *report, uint32_t *ret_n);

/* A row of a table of locks: waits, how long for all together and at longest, and how long it was held, on the average and at
 * longest. */
void contention_print_head(const struct page *page);
void contention_print_lock(const struct page *page, struct names *names, const struct contended_lock *lock);

/* "3.1 ms".  Lives as long as the names. */
const char *duration_phrase(struct names *names, uint64_t ns);

#endif
