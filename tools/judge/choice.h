/* SPDX-License-Identifier: MIT */
/* Chooses an instance for each link of a path so that all of them can happen at the same time: by different threads, and
 * none over before another begins.
 *
 * Instances are tried link by link, going back when one does not fit.  What the instances chosen so far have in their pasts
 * is kept by thread, so that a try costs as much as the past of the one that is tried, however long the path is.
 */
#ifndef SNAG_CHOICE_H
#define SNAG_CHOICE_H

#include "links.h"
#include "order.h"

struct choice {
	const struct links *links;
	struct order *order;
	struct instance *instances;	/* by position: what was chosen; each of another thread, so no more than there are */
	uint32_t *tried;		/* by position: which instance of its link that is */
	uint64_t *chosen, *past;	/* by thread: last segment chosen, and newest one that is over, + 1; 0 none */
	struct undo *undo;		/* entries of `past` that choosing has changed */
	uint32_t n_undo, undo_capacity;
};

void choice_init(struct choice *choice, const struct links *links, struct order *order);
void choice_deinit(struct choice *choice);

/* 1 when there is a way, and it is in choice->instances; 0 when there is none; -1 when *steps was not enough to know. */
int choice_find(struct choice *choice, const uint32_t *path, uint32_t n, uint64_t *steps);

#endif
