/* SPDX-License-Identifier: MIT */
/* Can the links of a path be done by different threads, one each?
 *
 * A matching gives every link on the path a thread of its own.  Links come and go at the end of the path, as a search
 * goes forward and back; each new one costs a search for an augmenting path (Kuhn).
 */
#ifndef SNAG_MATCHING_H
#define SNAG_MATCHING_H

#include "links.h"

struct matching {
	const struct links *links;
	uint32_t n, capacity;
	uint32_t *path;			/* the links that have a thread */
	uint32_t *thread;		/* by position: the thread it has */
	uint32_t *position_of;		/* by thread: who has it, + 1; 0 nobody */
	uint32_t *seen, n_rounds;	/* by thread: in which round of searching it was tried */
	uint32_t *queue, *from;		/* threads tried in a round, and by thread: the position that tried it */
};

void matching_init(struct matching *matching, const struct links *links);
void matching_deinit(struct matching *matching);

/* Appends a link; false, and nothing has changed, when there is no thread left for it. */
bool matching_push(struct matching *matching, uint32_t link);
void matching_pop(struct matching *matching);

#endif
