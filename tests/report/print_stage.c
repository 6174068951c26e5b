/* SPDX-License-Identifier: MIT */
/* Prints the scene as a report, text or JSON, for tests that look at the whole. */
#include "stage.h"

#include "tools/report/report.h"

#include <stdlib.h>
#include <string.h>

int main(int argc, char **argv)
{
	struct page page = {.out = stdout, .width = 80, .form = PRINTABLE_UTF8};
	struct report *report;
	struct stage stage;

	stage_init(&stage, 0);
	if (argc > 2 && strcmp(argv[2], "clean") == 0)
		stage.verdict.n_findings = 0;
	report = report_new(&stage.session, &stage.verdict);
	if (argc > 1 && strcmp(argv[1], "json") == 0)
		report_json(report, stdout);
	else
		report_text(report, &page, false);
	report_free(report);
	return 0;
}
