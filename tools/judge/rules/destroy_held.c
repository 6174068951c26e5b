/* SPDX-License-Identifier: MIT */
/* Rule destroy-held: a lock was destroyed while a thread held it. */
#include "../misuse.h"

void rule_destroy_held(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_DESTROY_HELD,
		.rule = RULE_DESTROY_HELD,
		.severity = SEVERITY_ERROR,
		.why = "This happened in the recorded run. It is undefined behaviour: whoever holds %0 will release, "
		       "and others may wait for, a lock that is no more.",
	};

	misuse_report(inquiry, &misuse);
}
