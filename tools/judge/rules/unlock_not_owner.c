/* SPDX-License-Identifier: MIT */
/* Rule unlock-not-owner: a mutex was unlocked by a thread that did not hold it.  For the kinds of mutex where the call
 * is refused there is no such event. */
#include "../misuse.h"

void rule_unlock_not_owner(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_UNLOCK_NOT_OWNER,
		.rule = RULE_UNLOCK_NOT_OWNER,
		.severity = SEVERITY_ERROR,
		.why = "This happened in the recorded run. For a mutex of this kind it is undefined behaviour: a "
		       "thread that believes to own %0 may not be alone.",
	};

	misuse_report(inquiry, &misuse);
}
