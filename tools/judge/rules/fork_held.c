/* SPDX-License-Identifier: MIT */
/* Rule fork-held: a process was forked while another thread than the forking one held a lock.  The child has the lock, held,
 * and no thread to release it.  One that waits for it already is the matter of orphaned-lock, too.
 */
#include "../misuse.h"

void rule_fork_held(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_FORK_HELD,
		.rule = RULE_FORK_HELD,
		.severity = SEVERITY_WARNING,
		.why = "This happened in the recorded run: the new process has a copy of %0 that is held, and nobody to "
		       "release it.",
	};

	misuse_report(inquiry, &misuse);
}
