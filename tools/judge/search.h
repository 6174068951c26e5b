/* SPDX-License-Identifier: MIT */
/* One depth-first search for cycles of links.
 *
 * Every link of a cycle holds what the one before it wants, in modes that conflict, or both for reading when a writer may wait
 * between them (writers.h); all wants are different locks, and
 * no link has a smaller number than the first, so that every cycle comes once; it begins with a link that goes back.  Of the wants each link holds only the one
 * before it: else there is a shorter cycle.  A strict search follows only paths that can deadlock as far as locks and
 * threads say: no two links hold a common lock in modes that conflict (it would be a gate), and there are as many different
 * threads as links.
 */
#ifndef SNAG_SEARCH_H
#define SNAG_SEARCH_H

#include "matching.h"

typedef void cycle_fn(void *context, const uint32_t *path, uint32_t n);

struct search {
	const struct links *links;
	cycle_fn *found;
	void *context;

	/* What to look for: set before search_from(). */
	bool is_strict;
	uint32_t length;		/* cycles of this many links */
	const uint32_t *wants;		/* NULL, or what its links have to want, in order; they may then have any number */
	uint64_t steps;			/* how much it may still do: a link looked at is one, or more when looked at closely */
	uint32_t n_more;		/* cycles it may still find */
	uint32_t n_found;

	/* The path, and what is known of the locks on it. */
	uint32_t *path, n, capacity;
	uint32_t lowest;		/* links with smaller numbers do not come into it */
	struct frame *frames;		/* by position: the links that may follow */
	uint32_t *n_holders, *n_writers;	/* by lock: how many links of the path hold it; other than for reading */
	bool *is_wanted, *closes;	/* by lock; and is it held by the first link */
	struct matching matching;
};

void search_init(struct search *search, const struct links *links, cycle_fn *found, void *context);
void search_deinit(struct search *search);

/* Finds the cycles that begin with a link.  Returns false when it had to stop. */
bool search_from(struct search *search, uint32_t root);

/* The links that may follow a link in a strict cycle, into ret (room for all links); returns how many. */
uint32_t search_followers(struct search *search, uint32_t link, uint32_t *ret);

/* Do the two hold a common lock in modes that conflict?  The first such lock, or 0. */
uint32_t links_gate(const struct links *links, uint32_t a, uint32_t b);

#endif
