/* SPDX-License-Identifier: MIT */
/* Rule self-deadlock: a thread waits for a lock that it holds itself.  It happened, or it would not be known: a lock that
 * refuses (error-checking) or counts (recursive) makes nobody wait.
 */
#include "../stuck.h"

static void report(struct inquiry *inquiry, const struct stuck *stuck)
{
	if (stuck->n == 1 && stuck->parts[0].wait->kind != OBJECT_THREAD && !stuck_in_handler(inquiry, stuck))
		stuck_report(inquiry, stuck, RULE_SELF_DEADLOCK,
			     ", and nobody else can release %0");
}

void rule_self_deadlock(struct inquiry *inquiry)
{
	stuck_each(inquiry, report);
}
