/* SPDX-License-Identifier: MIT */
/* The report as a compiler would say it: a line for editors and for problem matchers of CI systems.
 *
 *   bank.c:41: error: `a` and `b` are taken in opposite orders [lock-order-cycle]
 *   bank.c:40: note: thread 2 holds `a`, taken here
 *
 * Without a source line the module and the offset in it stand in front.
 */
#include "formats.h"
#include "printable.h"
#include "steps.h"
#include "words.h"

#include <inttypes.h>

static void print_place(const struct step *step, FILE *out)
{
	if (!step || !step->frame) {
		fputs("snag", out);
	} else if (step->path) {
		printable_write(out, step->path, PRINTABLE_UTF8);
		fprintf(out, ":%" PRIu32, step->frame->line);
	} else {
		printable_write(out, step->frame->module ?: "??", PRINTABLE_UTF8);
		fprintf(out, "+0x%" PRIx64, step->frame->offset);
	}
}

static void print_line(const struct step *step, const char *severity, const char *words, FILE *out)
{
	print_place(step, out);
	fprintf(out, ": %s: ", severity);
	printable_write(out, words, PRINTABLE_UTF8);
}

static void print_finding(struct names *names, const struct finding *finding, FILE *out)
{
	uint32_t n;
	const struct step *steps = finding_steps(names, finding, &n);

	print_line(steps_main(steps, n), severity_name(finding->severity), finding_title(names, finding), out);
	fprintf(out, " [%s]\n", rule_name(finding->rule));
	for (uint32_t i = 0; i < n; i++) {
		print_line(&steps[i], "note", steps[i].words, out);
		fputc('\n', out);
	}
}

int report_gcc(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report_tells(report, i, shows_all))
			print_finding(report->names, &report->findings[i], out);
	return 0;
}
