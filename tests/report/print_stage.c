/* SPDX-License-Identifier: MIT */
/* Prints the scene as a report, for tests that look at the whole: print_stage FORMAT [clean|hostile|stripped]. */
#include "stage.h"

#include "tools/report/formats.h"

#include <stdlib.h>
#include <string.h>

/* Names that want to be something else in each of the formats. */
static void make_hostile(struct stage *stage)
{
	static const char name[] = "</script><b a=\"'&lt;\\N\033[31m\xff";

	stage_functions[1] = name;
	stage_functions[2] = name;
	stage_array = name;
	strcpy(stage->model.threads[2].name, "<i>&\"'\\l\033\xff");
}

int main(int argc, char **argv)
{
	const struct report_format *format = report_format_find(argv[1]);
	struct page page = {.out = stdout, .width = 80, .form = PRINTABLE_UTF8};
	struct report *report;
	struct stage stage;
	char *why = NULL;

	stage_init(&stage, 0);
	if (argc > 2 && strcmp(argv[2], "clean") == 0)
		stage.verdict.n_findings = 0;
	else if (argc > 2 && strcmp(argv[2], "stripped") == 0)
		stage_functions[1] = NULL; /* what takes the locks has no lines, its caller has */
	else if (argc > 2)
		make_hostile(&stage);
	report = report_new(&stage.session, &stage.verdict);
	if (strcmp(argv[1], "text") == 0)
		report_text(report, &page, false); /* at the same width everywhere */
	else if (format->write(report, false, stdout, &why))
		fprintf(stderr, "%s\n", why);
	free(why);
	report_free(report);
	return 0;
}
