/* SPDX-License-Identifier: MIT */
/* Who waits for whom in a live table, as wait_graph.h sees it: every waiter for all who stand in its way.
 *
 * A wait that ends by itself has no edge: it closes nothing.  A semaphore that is used as a lock is in the way of others
 * like a lock; but any thread may post it, so what it closes is certain only at a standstill.
 */
#ifndef SNAG_WAITS_H
#define SNAG_WAITS_H

#include "digraph.h"

#include "../trace/model.h"

struct waits {
	const struct model *model;
	struct digraph for_whom;	/* number in model->live -> those that stand between it and what it wants */
	struct digraph behind;		/* the same the other way round */
};

/* Does it wait for what threads hold or are, for as long as it takes? */
bool wait_is_endless(const struct live_thread *live);

void waits_init(struct waits *waits, const struct model *model);
void waits_deinit(struct waits *waits);

#endif
