/* SPDX-License-Identifier: MIT */
/* Writing a finding: its locks, and each thread's part. */
#ifndef SNAG_DRAFT_H
#define SNAG_DRAFT_H

#include "inquiry.h"

struct finding_lock draft_lock(const struct model *model, uint32_t object);
struct finding_lock draft_lock_numbered(const struct evidence *evidence, uint32_t lock);

/* How it is known that threads are stuck, to begin a reason with: no full stop. */
const char *draft_seen(const struct model *model);

/* Makes room for `n_parts` parts and as many locks and one more; all zero, cycle_hold none. */
void draft_parts(struct finding *finding, struct pool *pool, uint32_t n_parts);

/* Adds a lock to those that `why` may name, unless it is there already; returns its number.  There is room for the locks
 * of all parts and one more. */
uint32_t draft_add_lock(struct finding *finding, struct finding_lock lock);

/* What the thread wants, or did to a lock, and where. */
void draft_want(struct finding_part *part, struct finding_lock lock, enum object_mode mode, uint32_t flags,
		uint32_t stack);

/* What the thread holds.  `addresses` beside `held`, or NULL: those of the objects. */
void draft_holds(struct finding_part *part, struct pool *pool, const struct held *held, const uint64_t *addresses,
		 uint32_t n);

/* Says that among the holds of a part this is the lock that the part before wants; an end of a thread is none of them. */
void draft_cycle_hold(struct finding_part *part, const struct finding_lock *lock);

/* Enters a finding that is written, and whose parts wait in a circle.  Both keys come from its locks and stacks, as those of
 * predicted cycles do, so that what was observed and its prediction are one. */
void draft_enter(struct inquiry *inquiry, const struct finding *draft);

#endif
