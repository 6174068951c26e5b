/* SPDX-License-Identifier: MIT */
/* Rules lock-order-cycle and join-cycle where they came true: threads that were found waiting in a circle. */
#include "stuck.h"

static bool has_join(const struct stuck *stuck)
{
	for (uint32_t i = 0; i < stuck->n; i++)
		if (stuck->parts[i].wait->kind == OBJECT_THREAD)
			return true;
	return false;
}

static void report(struct inquiry *inquiry, const struct stuck *stuck)
{
	if (has_join(stuck))
		stuck_report(inquiry, stuck, RULE_JOIN_CYCLE, "This happened in the recorded run.");
	else if (stuck->n > 1)
		stuck_report(inquiry, stuck, RULE_LOCK_ORDER_CYCLE, "This happened in the recorded run.");
}

void rule_observed(struct inquiry *inquiry)
{
	stuck_each(inquiry, report);
}
