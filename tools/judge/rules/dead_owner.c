/* SPDX-License-Identifier: MIT */
/* Rule dead-owner: a process ended with a lock that it shares with others, or a robust mutex can never be taken again because
 * nobody mended what its dead owner left.  Somebody who waits for it already is the matter of orphaned-lock, too.
 */
#include "../misuse.h"

void rule_dead_owner(struct inquiry *inquiry)
{
	static const struct misuse abandoned = {
		.kind = EVENT_ABANDONED,
		.rule = RULE_DEAD_OWNER,
		.severity = SEVERITY_WARNING,
		.why = "This happened in the recorded run: the lock stays held, in memory that processes share.",
	};
	static const struct misuse not_recoverable = {
		.kind = EVENT_NOT_RECOVERABLE,
		.rule = RULE_DEAD_OWNER,
		.severity = SEVERITY_ERROR,
		.why = "This happened in the recorded run. The owner of %0 had died, and the next one released it without "
		       "pthread_mutex_consistent: it can never be taken again.",
	};

	misuse_report(inquiry, &abandoned);
	misuse_report(inquiry, &not_recoverable);
}
