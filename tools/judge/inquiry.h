/* SPDX-License-Identifier: MIT */
/* What every rule is given: the evidence, and where its findings go. */
#ifndef SNAG_INQUIRY_H
#define SNAG_INQUIRY_H

#include "docket.h"
#include "evidence.h"

#include "../trace/pool.h"

struct inquiry {
	const struct session *session;
	struct pool *pool;		/* the verdict's: what findings point to */
	struct evidence evidence;
	struct docket docket;
	char **caps;			/* limits that were met, a sentence each */
	uint32_t n_caps;
};

void inquiry_add_cap(struct inquiry *inquiry, char *sentence);

/* The rules, one file each. */
void rule_observed(struct inquiry *inquiry);
void rule_signal_handler(struct inquiry *inquiry);
void rule_self_deadlock(struct inquiry *inquiry);
void rule_orphaned_lock(struct inquiry *inquiry);
void rule_lock_order(struct inquiry *inquiry);
void rule_class_order(struct inquiry *inquiry);	/* after rule_lock_order() */
void rule_read_behind_writer(struct inquiry *inquiry);
void rule_nested_monitor(struct inquiry *inquiry);
void rule_barrier_cycle(struct inquiry *inquiry);
void rule_lost_wakeup(struct inquiry *inquiry);
void rule_pool_starvation(struct inquiry *inquiry);
void rule_nobody_to_wake(struct inquiry *inquiry);
void rule_unlock_not_owner(struct inquiry *inquiry);
void rule_destroy_held(struct inquiry *inquiry);
void rule_exit_held(struct inquiry *inquiry);
void rule_fork_held(struct inquiry *inquiry);
void rule_held_while_blocking(struct inquiry *inquiry);
void rule_dead_owner(struct inquiry *inquiry);
void rule_event_loop(struct inquiry *inquiry);	/* after all that say what threads are stuck in */
void rule_declared_order(struct inquiry *inquiry);
void rule_unprotected_variable(struct inquiry *inquiry);

#endif
