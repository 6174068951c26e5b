/* SPDX-License-Identifier: MIT */
/* Large traces for measuring the judge: threads that nest locks in one global order, and now and then do not. */
#ifndef SNAG_NESTINGS_H
#define SNAG_NESTINGS_H

#include "tests/unit/build_trace.h"

enum { NESTINGS_MAX_DEPTH = 1000 };

enum { NESTINGS_MAX_RECORDED = TRACE_MOST_WRITERS - 2 };	/* threads of a full recording, besides main */

/* Every nesting takes `depth` locks out of `reach` neighbours, by ascending number; an inversion swaps the last two.  With
 * inversions of 500 there is no order left, and the judge has to stop somewhere. */
struct nestings {
	uint32_t n_deps;		/* dependencies in the trace: nestings are made until there are so many */
	uint32_t n_threads, n_locks, depth, reach, n_sites;
	uint32_t inversions;		/* per mille */
	uint32_t seed;
	uint32_t n_events;		/* a full recording with so many operations; 0: a light one */
};

static const struct nestings nestings_default = {
	.n_deps = 250000,
	.n_threads = 8,
	.n_locks = 10000,
	.depth = 3,
	.reach = 50,
	.n_sites = 500,
	.inversions = 1,
	.seed = 1,
};

struct trace *nestings_trace(const struct nestings *nestings);

#endif
