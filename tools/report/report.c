/* SPDX-License-Identifier: MIT */
/* A verdict, ready to be printed. */
#include "report.h"

static void learn_part(struct names *names, const struct finding_part *part)
{
	if (part->has_want)
		names_learn_lock(names, &part->want);
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

struct report *report_new(const struct session *session, const struct verdict *verdict)
{
	struct names *names = names_new(session);
	struct report *report = pool_alloc(names_pool(names), sizeof(*report));

	report->session = session;
	report->verdict = verdict;
	report->names = names;
	report->ids = pool_alloc_array(names_pool(names), verdict->n_findings, sizeof(*report->ids));
	report->is_told = pool_new_array(names_pool(names), bool, verdict->n_findings);
	for (uint32_t i = 0; i < verdict->n_findings; i++) {
		report->n[verdict->findings[i].severity]++;
		learn_finding(names, &verdict->findings[i]);
	}
	finding_ids_make(report->ids, names, verdict);
	losses_count(&report->losses, names_pool(names), session);
	return report;
}

void report_free(struct report *report)
{
	if (report)
		names_free(report->names);
}
