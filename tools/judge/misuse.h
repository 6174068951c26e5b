/* SPDX-License-Identifier: MIT */
/* Rules about a single event: a thread did something to a lock that it should not, or ended with it. */
#ifndef SNAG_MISUSE_H
#define SNAG_MISUSE_H

#include "inquiry.h"

struct misuse {
	enum event_kind kind;
	enum rule rule;
	enum severity severity;
	const char *why;		/* %0 is the lock */
};

/* Makes findings of all events of a kind.  The first part is the thread that did it, with what it did to the lock as its
 * want; then the holder.  A thread that ended with the lock is the holder, and did nothing; the holder of a lock that was
 * held when a process was forked is a thread of another process, number 0. */
void misuse_report(struct inquiry *inquiry, const struct misuse *misuse);

#endif
