/* SPDX-License-Identifier: MIT */
/* What `snag ps` says of processes: the causes of a hang first, then what every thread does. */
#include "report.h"

#include "stacks.h"
#include "words.h"

#include <inttypes.h>

static uint32_t count_threads(const struct model *model, bool only_waiting)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		if (!model->live[i].is_ended && (!only_waiting || model->live[i].is_waiting))
			n++;
	return n;
}

/* What it was started as: the file may be one of many names, or an interpreter. */
static const char *name_of(const struct model *model)
{
	return base_name(model->argc ? model->argv[0] : model->exe);
}

static void print_head(const struct model *model, const struct page *page)
{
	uint32_t n = count_threads(model, false), n_waiting = count_threads(model, true);

	page_print(page, 0, 2,
		   "snag: %s, process %" PRIu32 ": %" PRIu32 " thread%s, %" PRIu32 " of them wait%s for another",
		   name_of(model), model->pid, n, plural(n), n_waiting, n_waiting == 1 ? "s" : "");
	if (model->remark)
		page_print(page, 0, 2, WARNING("snag: held up:") " %s", model->remark);
}

/* Whether it is told at which line each thread of a hang waits: without the shim only its stack knows. */
static bool knows_lines(const struct report *report)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		for (uint32_t k = 0; k < report->findings[i].n_parts; k++)
			if (report->findings[i].parts[k].has_want && !report->findings[i].parts[k].want_stack)
				return false;
	return true;
}

static void print_verdict(const struct report *report, const struct page *page, bool shows_stacks)
{
	const uint32_t *n = report->n;

	if (!n[SEVERITY_ERROR] && !n[SEVERITY_WARNING])
		page_print(page, 0, 2,
			   "snag: no deadlock: no thread waits in a circle, and not all wait for each other");
	else
		page_print(page, 0, 2, "snag: %" PRIu32 " error%s, %" PRIu32 " warning%s", n[SEVERITY_ERROR],
			   plural(n[SEVERITY_ERROR]), n[SEVERITY_WARNING], plural(n[SEVERITY_WARNING]));
	if (!shows_stacks && !knows_lines(report))
		page_print(page, 0, 2, "snag: --stacks tells the lines, too");
}

void report_process(const struct report *report, const struct page *page, bool shows_all, bool shows_stacks)
{
	for (uint32_t i = 0; i < report->session->n_models; i++)
		print_head(report->session->models[i], page);
	page_blank(page);
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report->findings[i].severity != SEVERITY_NOTE)
			report_text_finding(report, page, i, shows_all);
	report_live(report, page, shows_all, shows_stacks);
	print_verdict(report, page, shows_stacks);
}
