/* SPDX-License-Identifier: MIT */
/* What came before what, in every run or only in this one: happens-before over segments.
 *
 * A thread's life is cut into segments where it creates, joins or meets other threads.  Creation and the recorded edges
 * order segments of different threads; locks and signals do not, since another run may take them in another order.  Nor do
 * threads that were woken from a bare futex, unless what came first in this run is asked for.
 * The past of a segment is, for every thread, the newest segment of it that was over before.  It is computed when it is
 * first asked for, by walking the edges backwards.
 */
#ifndef SNAG_ORDER_H
#define SNAG_ORDER_H

#include "evidence.h"

#include "../trace/pool.h"

enum { LAST_SEGMENT = UINT32_MAX - 1 };	/* as good as the end of a thread */

/* Why a thread's segment is in the past: it created, was joined, met at a barrier or a once, or woke somebody. */
enum order_reason {
	ORDER_CREATED,
	ORDER_JOINED = EDGE_JOIN,
	ORDER_MET = EDGE_BARRIER,
	ORDER_ONCE = EDGE_ONCE,
	ORDER_WOKEN = EDGE_WOKEN,
};

struct known {
	uint32_t thread, segment;
	enum order_reason reason;
	uint32_t futex;			/* a lock, where threads on the way from there were woken; 0: it is so in every run */
};

struct past {
	uint32_t n;
	struct known known[];		/* by thread */
};

struct order {
	uint32_t n_threads, n_vertices;	/* threads come first, then rounds of barriers */
	uint32_t *first_edge;		/* by vertex, n_vertices + 1: the edges that lead to it, by segment */
	struct order_edge *edges;
	uint32_t n_edges, edge_capacity;
	struct table pasts;		/* thread and segment -> number in `cached` + 1 */
	const struct past **cached;
	uint32_t n_cached, capacity;
	size_t cached_size;
	struct pool *pool;		/* of the pasts */
	struct order_walk *walk;	/* scratch */
};

void order_init(struct order *order, const struct evidence *evidence);
/* ... and in this run. */
void order_init_of_run(struct order *order, const struct evidence *evidence);
void order_deinit(struct order *order);

/* The past of a segment; valid until order_trim(). */
const struct past *order_past(struct order *order, uint32_t thread, uint32_t segment);

/* Forgets pasts when they have become too many. */
void order_trim(struct order *order);

/* Is this segment over in that past?  NULL, or how it is known. */
const struct known *past_find(const struct past *past, uint32_t thread, uint32_t segment);

#endif
