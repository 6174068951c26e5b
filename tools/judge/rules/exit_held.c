/* SPDX-License-Identifier: MIT */
/* Rule exit-held: a thread ended with a lock held.  Somebody who waits for it already is the matter of orphaned-lock. */
#include "../misuse.h"

void rule_exit_held(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_EXIT_HELD,
		.rule = RULE_EXIT_HELD,
		.severity = SEVERITY_WARNING,
		.why = "This happened in the recorded run. Nobody is left to release %0.",
	};

	misuse_report(inquiry, &misuse);
}
