/* SPDX-License-Identifier: MIT */
/* Address ranges and what lies in them: finds the narrowest range that covers an address.
 *
 * Ranges are sorted by their start, and each knows how far it and all before it reach.  So a search goes down from the
 * last range that starts at or before the address, and stops where nothing earlier can cover it.
 */
#ifndef SNAG_SPANS_H
#define SNAG_SPANS_H

#include <stddef.h>
#include <stdint.h>

struct span {
	uint64_t start, end;		/* [start, end) */
	uint64_t reach;			/* the greatest end of this span and those before it */
	uint32_t item;			/* what lies here, as the owner of the spans counts */
};

/* All zero is a valid empty one. */
struct spans {
	struct span *list;
	size_t n;
};

void spans_deinit(struct spans *spans);

/* A span of no length is ignored. */
void spans_add(struct spans *spans, uint64_t start, uint64_t end, uint32_t item);

/* To be called after the last spans_add() and before the first spans_find(). */
void spans_sort(struct spans *spans);

/* The narrowest span that covers an address, or, after that one, the next wider one; NULL when there is none (any more).
 * Of equal spans the one with the highest item comes first. */
const struct span *spans_find(const struct spans *spans, uint64_t address, const struct span *after);

#endif
