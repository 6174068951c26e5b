/* SPDX-License-Identifier: MIT */
/* A verdict, ready to be printed. */
#include "report.h"

static void learn_part(struct names *names, const struct finding_part *part)
{
	if (part->has_want) {
		names_learn_lock(names, &part->want);
		names_learn_wait(names, &part->want, part->want_stack);
	}
	for (uint32_t i = 0; i < part->n_holds; i++)
		names_learn_lock(names, &part->holds[i].lock);
}

/* All locks are known before the first is named, so that those with one name can be told apart. */
static void learn_finding(struct names *names, const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_locks; i++)
		names_learn_lock(names, &finding->locks[i]);
	for (uint32_t i = 0; i < finding->n_parts; i++)
		learn_part(names, &finding->parts[i]);
}

bool finding_is_circle(const struct finding *finding)
{
	return finding->rule == RULE_LOCK_ORDER_CYCLE || finding->rule == RULE_JOIN_CYCLE;
}

/* A circle has no first part; which one the judge began with may be another in the next run of the same program. */
static struct finding turned(struct pool *pool, const struct finding *finding)
{
	struct finding_part *parts = pool_new_array(pool, struct finding_part, finding->n_parts);
	struct finding copy = *finding;
	uint32_t first = 0;

	if (!finding_is_circle(finding))
		return copy;
	for (uint32_t i = 1; i < finding->n_parts; i++)
		if (finding->parts[i].thread < finding->parts[first].thread)
			first = i;
	for (uint32_t i = 0; i < finding->n_parts; i++)
		parts[i] = finding->parts[(first + i) % finding->n_parts];
	copy.parts = parts;
	return copy;
}

struct report *report_new(const struct session *session, const struct verdict *verdict)
{
	struct names *names = names_new(session);
	struct report *report = pool_alloc(names_pool(names), sizeof(*report));

	report->session = session;
	report->verdict = verdict;
	report->names = names;
	report->ids = pool_alloc_array(names_pool(names), verdict->n_findings, sizeof(*report->ids));
	report->findings = pool_new_array(names_pool(names), struct finding, verdict->n_findings);
	report->trials = pool_new_array(names_pool(names), const struct trial *, verdict->n_findings);
	report->is_told = pool_new_array(names_pool(names), bool, verdict->n_findings);
	report->is_suppressed = pool_new_array(names_pool(names), bool, verdict->n_findings);
	for (uint32_t i = 0; i < verdict->n_findings; i++) {
		report->findings[i] = turned(names_pool(names), &verdict->findings[i]);
		learn_finding(names, &report->findings[i]);
	}
	finding_ids_make(report->ids, names, verdict);
	report_take_trials(report);
	for (uint32_t i = 0; i < verdict->n_findings; i++)
		report->n[report->findings[i].severity]++;
	losses_count(&report->losses, names_pool(names), session);
	return report;
}

void report_free(struct report *report)
{
	if (report)
		names_free(report->names);
}
