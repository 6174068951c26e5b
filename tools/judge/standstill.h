/* SPDX-License-Identifier: MIT */
/* Processes in which every thread waits, at the end of their traces, and no circle is the cause: some wait to be
 * woken, and nobody is left to do it. Several processes come to a standstill together when they can only be woken by
 * each other.
 */
#ifndef SNAG_STANDSTILL_H
#define SNAG_STANDSTILL_H

#include "draft.h"
#include "waits.h"

/* A thread of the session: its model, and its number in model->live. */
struct sleeper {
	const struct model *model;
	uint32_t live;
};

struct standstill {
	const struct sleeper *sleepers; /* all threads that wait */
	uint32_t n;
	enum severity severity;
	const char *why;
	const struct waits *outer_waits; /* NULL: no thread waits to be woken and holds what others wait for; else */
	uint32_t outer;			 /* the number in its model->live of one that does */
};

typedef void standstill_fn(struct inquiry *inquiry, const struct standstill *standstill);

void standstill_each(struct inquiry *inquiry, standstill_fn *each);

/* Do all threads of this process wait, and nobody outside can wake one?  Also when a circle is the cause. */
bool standstill_is_of(struct inquiry *inquiry, const struct model *model);

/* A worker of a pool that waits, as all of its pool do, and where it had brought work to that pool; false: there is
 * none. (pool_starvation.c) */
bool standstill_is_starved(struct inquiry *inquiry, const struct standstill *standstill, const struct sleeper **ret_worker,
			   const struct dep **ret_work);

/* A thread that waits for a condition variable, and a signal of another thread for it that came when nobody waited;
 * false: there are none. */
bool standstill_find_lost(const struct standstill *standstill, const struct sleeper **ret_waiter,
			  const struct dep **ret_signal);

/* What the outer thread waits for; OBJECT_NONE: there is no such thread. */
enum object_kind standstill_waits_for(const struct standstill *standstill);

/* Reports the outer thread, if there is one, and then those that wait for a lock of it. */
void standstill_report_outer(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule);

/* Writes the part of a thread, and adds what it waits for to the locks. */
void standstill_write_part(struct finding *draft, struct finding_part *part, struct pool *pool, const struct sleeper *sleeper);

/* Reports these threads under a rule. */
void standstill_report(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule,
		       const struct sleeper *sleepers, uint32_t n);

#endif
