/* SPDX-License-Identifier: MIT */
/* What `snag confirm` tried with findings, and what that makes of them. */
#include "report.h"

#include <inttypes.h>
#include <string.h>

static const struct trial *find_trial(const struct session *session, const char *id)
{
	for (uint32_t i = 0; i < session->n_trials; i++)
		if (strcmp(session->trials[i].finding, id) == 0)
			return &session->trials[i];
	return NULL;
}

/* What happened needs no argument for its being possible, and rests on nothing assumed. */
static void confirm(struct pool *pool, struct finding *finding, const struct trial *trial)
{
	if (trial->verdict != TRIAL_CONFIRMED || finding->class < CLASS_CONFIRMED)
		return;
	finding->class = CLASS_CONFIRMED;
	finding->severity = SEVERITY_ERROR;
	finding->why = pool_printf(pool,
				   "In %" PRIu32 " of %" PRIu32 " runs in which these threads were held back at "
				   "these places they met there, and went no further.",
				   trial->n_hits, trial->n_runs);
	finding->n_assumptions = 0;
}

/* Before those that stand below it, behind those that stood before it. */
static void move_up(struct report *report, uint32_t i)
{
	const struct finding finding = report->findings[i];
	const struct trial *trial = report->trials[i];
	char id[FINDING_ID_SIZE];

	memcpy(id, report->ids[i], sizeof(id));
	for (; i && (report->findings[i - 1].severity > finding.severity ||
		     (report->findings[i - 1].severity == finding.severity &&
		      report->findings[i - 1].class > finding.class));
	     i--) {
		report->findings[i] = report->findings[i - 1];
		report->trials[i] = report->trials[i - 1];
		memcpy(report->ids[i], report->ids[i - 1], sizeof(id));
	}
	report->findings[i] = finding;
	report->trials[i] = trial;
	memcpy(report->ids[i], id, sizeof(id));
}

void report_take_trials(struct report *report)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		report->trials[i] = find_trial(report->session, report->ids[i]);
		if (!report->trials[i])
			continue;
		confirm(names_pool(report->names), &report->findings[i], report->trials[i]);
		move_up(report, i);
	}
}
