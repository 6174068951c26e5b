/* SPDX-License-Identifier: MIT */
/* Finds the cycles that a program's lock order has: all short ones, and of long rings one in each knot.
 *
 * Components are searched from the smallest to the largest, so that a monster cannot use up what the others need.  In
 * each, cycles of two links come first, then of three, and so on to MAX_SHORT.  Where there is none that could deadlock,
 * the shortest longer ring is looked for, of any length.  At last come cycles that cannot deadlock (a gate, too few
 * threads), which are worth a note.  Every search is bounded; a bound that was met is told.
 */
#ifndef SNAG_CYCLES_H
#define SNAG_CYCLES_H

#include "search.h"

enum cycle_bound {
	BOUND_CYCLES,			/* cycles that may deadlock, in one component */
	BOUND_STEPS,			/* steps spent on them, in all */
	BOUND_RINGS,			/* steps spent on long rings, in all */
	BOUND_HARMLESS,			/* cycles that cannot deadlock, or steps spent on them */
	BOUNDS
};

struct cycle_finder {
	void *context;
	cycle_fn *found;
	/* A bound was met in a component of so many links: there may be more. */
	void (*stopped)(void *context, enum cycle_bound bound, uint32_t n_links);
};

void cycles_find(const struct links *links, const struct cycle_finder *finder);

#endif
