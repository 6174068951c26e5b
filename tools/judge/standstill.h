/* SPDX-License-Identifier: MIT */
/* Processes in which every thread waits, at the end of their traces, and no circle is the cause: some wait to be woken, and
 * nobody is left to do it.  Several processes come to a standstill together when they can only be woken by each other.
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

/* What the outer thread waits for; OBJECT_NONE: there is no such thread. */
enum object_kind standstill_waits_for(const struct standstill *standstill);

/* Reports the outer thread, if there is one, and then those that wait for a lock of it. */
void standstill_report_outer(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule);

/* Reports these threads under a rule. */
void standstill_report(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule,
		       const struct sleeper *sleepers, uint32_t n);

#endif
