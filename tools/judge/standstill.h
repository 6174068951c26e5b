/* SPDX-License-Identifier: MIT */
/* Processes in which every thread waits, at the end of their traces, and no circle is the cause: some wait to be woken, and
 * nobody is left to do it.
 */
#ifndef SNAG_STANDSTILL_H
#define SNAG_STANDSTILL_H

#include "draft.h"
#include "waits.h"

struct standstill {
	uint32_t model;
	const struct waits *waits;
	enum severity severity;
	const char *why;
	/* A thread that waits to be woken and holds what others wait for: its number in model->live, or UINT32_MAX. */
	uint32_t outer;
};

typedef void standstill_fn(struct inquiry *inquiry, const struct standstill *standstill);

void standstill_each(struct inquiry *inquiry, standstill_fn *each);

/* What the outer thread waits for; OBJECT_NONE: there is no such thread. */
enum object_kind standstill_waits_for(const struct standstill *standstill);

/* Reports the outer thread, if there is one, and then those that wait for a lock of it. */
void standstill_report_outer(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule);

/* Reports these threads (numbers in model->live) under a rule. */
void standstill_report(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule, const uint32_t *threads,
		       uint32_t n);

#endif
