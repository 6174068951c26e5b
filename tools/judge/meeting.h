/* SPDX-License-Identifier: MIT */
/* Can two threads of one process do these two things at the same time?  For rules that need two threads and no circle of
 * locks.
 */
#ifndef SNAG_MEETING_H
#define SNAG_MEETING_H

#include "finding.h"
#include "inquiry.h"
#include "order.h"

struct meeting {
	uint32_t model;
	const struct dep *first, *second;
	enum finding_class class;	/* possible, guarded or ordered */
	uint32_t gate;			/* guarded: the object */
};

/* In every run, is one over before the other begins? */
bool meeting_are_ordered(struct order *order, const struct evidence *evidence, uint32_t model, const struct dep *a,
			 const struct dep *b);

/* Fills in the class; the two deps are by different threads. */
void meeting_classify(struct meeting *meeting, struct order *order, const struct evidence *evidence);

/* The severity of its class: a time limit that ends one of the waits makes a possible one a warning. */
enum severity meeting_severity(const struct meeting *meeting);

/* Why it is guarded or ordered, or that a wait has a time limit; NULL when nothing speaks against it. */
char *meeting_doubt(const struct meeting *meeting, struct pool *pool, struct finding *finding);

/* Enters the meeting of a thread that waits to be woken (first) with another that, on its way to wake it, asks for a lock that
 * the first holds (second).  Not more than a warning: others may wake it, too.  `why` is said when nothing speaks against it;
 * %0 is what is waited for, %1 the lock. */
void meeting_report_token(struct inquiry *inquiry, const struct meeting *meeting, enum rule rule, const char *why);

/* What a thread holds and wants, as a part of a finding. */
void meeting_write_part(struct finding_part *part, struct pool *pool, const struct model *model, const struct dep *dep);

#endif
