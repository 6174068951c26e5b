/* SPDX-License-Identifier: MIT */
/* The table of formats. */
#include "formats.h"

#include <string.h>

static int write_text(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct page page = page_for(out);

	report_text(report, &page, shows_all);
	return 0;
}

static int write_json(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	return report_json(report, out);
}

const struct report_format report_formats[] = {
	{"text", "for people", write_text},
	{"html", "for people: one file for a browser, with pictures", report_html},
	{"json", "for programs; has everything", write_json},
	{"sarif", "SARIF 2.1.0, for code scanning", report_sarif},
	{"junit", "JUnit XML, for CI servers", report_junit},
	{"gcc", "as a compiler's warnings, for editors", report_gcc},
	{"dot", "lock order and waits as a graph for Graphviz", report_dot},
	{"svg", "the same as a picture (needs Graphviz)", report_svg},
	{"perfetto", "lanes of threads, for ui.perfetto.dev (of --mode full)", report_perfetto},
	{"std", "RAPID's form, for research tools (of --mode full)", report_std},
	{0},
};

const struct report_format *report_format_find(const char *name)
{
	for (const struct report_format *format = report_formats; format->name; format++)
		if (strcmp(format->name, name) == 0)
			return format;
	return NULL;
}

bool report_tells(const struct report *report, uint32_t finding, bool shows_all)
{
	return !report->is_suppressed[finding] && (shows_all || report->findings[finding].severity != SEVERITY_NOTE);
}
