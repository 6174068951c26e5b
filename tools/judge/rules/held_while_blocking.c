/* SPDX-License-Identifier: MIT */
/* Rule held-while-blocking: a thread blocked for long in a call that has nothing to do with the lock in its hand. */
#include "../misuse.h"

void rule_held_while_blocking(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_HELD_ACROSS,
		.rule = RULE_HELD_WHILE_BLOCKING,
		.severity = SEVERITY_WARNING,
		.why = "This happened in the recorded run: the call took a tenth of a second or more.",
	};

	misuse_report(inquiry, &misuse);
}
