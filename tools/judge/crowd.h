/* SPDX-License-Identifier: MIT */
/* The waits of all processes of a session together: who waits for whom in each live table, and through locks that processes
 * share from one table to another.
 */
#ifndef SNAG_CROWD_H
#define SNAG_CROWD_H

#include "digraph.h"
#include "evidence.h"

struct crowd_member {
	uint32_t model;
	const struct live_thread *live;
};

struct crowd {
	uint32_t n;
	struct crowd_member *members;
	struct digraph for_whom;	/* member -> those that stand between it and what it wants */
	struct digraph behind;		/* the same the other way round */
};

void crowd_init(struct crowd *crowd, const struct evidence *evidence);
void crowd_deinit(struct crowd *crowd);

#endif
