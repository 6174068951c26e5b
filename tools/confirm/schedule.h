/* SPDX-License-Identifier: MIT */
/* A finding -> a schedule, which the shim follows to make it happen (libtrace/steer_schedule.h says what is in one).
 *
 * The schedule names places by file and offset, and locks by the variable or by where they are made and as the how manieth, so
 * it is good for any run of the same program.  When the locks of a run do not come up to that, tries may know them by less.
 */
#ifndef SNAG_CONFIRM_SCHEDULE_H
#define SNAG_CONFIRM_SCHEDULE_H

#include "../report/report.h"

enum lock_identity {
	IDENTITY_SURE,			/* this very lock, where that can be told: threads race for who first uses one that is never
					 * initialised, so that may be any */
	IDENTITY_EXACT,			/* this very lock, as it came up */
	IDENTITY_CLASS,			/* one that is made at the same place */
	IDENTITY_ANY,			/* whatever is taken at the same places */
	IDENTITIES
};

/* What differs from try to try. */
struct attempt {
	enum lock_identity identity;
	uint32_t n_frames;		/* innermost calls that make a place */
	bool goes_by_turns;		/* a thread is held back but once: at the time at which it comes in the predicted schedule */
	uint32_t gate_ms, release_ms;	/* how long threads are held back at most */
	int last;			/* the part that takes its first lock when the others are there; -1: none */
};

/* How try number i, from 0, is to go about a finding. */
struct attempt attempt_plan(const struct finding *finding, uint32_t i, uint32_t gate_ms);

/* Why a finding cannot be made to happen: one clause; NULL when nothing is known to speak against it. */
const char *schedule_obstacle(const struct finding *finding);

/* Writes the schedule.  -1 and errno. */
int schedule_write(const char *path, const struct finding *finding, const char *id, const struct attempt *attempt);

/* Writes where and on which locks the threads of all errors and warnings act that can be made to happen, as far as there is
 * room.  Nobody can be held back by that, only delayed.  Returns of how many. */
uint32_t schedule_write_all(FILE *out, const struct verdict *verdict);

/* What a schedule file says of itself. */
struct schedule_head {
	char id[FINDING_ID_SIZE];	/* of the finding; "" unknown */
	uint32_t n_parts;
};

/* -1 with one sentence in *ret_why (to be freed) when it is no schedule. */
int schedule_read_head(const char *path, struct schedule_head *ret_head, char **ret_why);

#endif
