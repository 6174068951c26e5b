/* SPDX-License-Identifier: MIT */
/* What came of steered runs: the verdict over a finding. */
#ifndef SNAG_CONFIRM_OUTCOME_H
#define SNAG_CONFIRM_OUTCOME_H

#include "../report/report.h"

enum { OUTCOME_PARTS = 32 };

/* The runs of one finding, added up. */
struct outcome {
	uint32_t n_runs, n_hits;
	uint32_t n_before;			/* runs before the first hit */
	uint32_t n_in_vain, n_met;		/* how often a thread had to go on before all were there; and met */
	uint32_t n_late;			/* runs in which a thread went on because the others were late, ... */
	bool was_late;				/* ... the last one too */
	bool has_come[OUTCOME_PARTS];		/* by part of the schedule, in any run */
	char *apart;				/* what kept them apart once; NULL unknown */
	uint32_t apart_weight;			/* how much that says */
};

/* What is to happen. */
struct target {
	const char *id;
	const struct report *report;		/* NULL: only the id is known */
	uint32_t finding;
};

/* How long threads are to wait at their gates in the next run, ms: as long as did before, unless others came too late. */
uint32_t outcome_gate_ms(const struct outcome *outcome);

/* Adds what the report of a steered run says.  is_stuck: the program did not get further. */
void outcome_add(struct outcome *outcome, const struct target *target, const struct report *report, bool is_stuck);
void outcome_deinit(struct outcome *outcome);

/* The verdict; what is in it is to be freed with trials_free(). */
struct trial outcome_conclude(const struct outcome *outcome, const struct target *target, const char *schedule);

#endif
