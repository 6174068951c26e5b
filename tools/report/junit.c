/* SPDX-License-Identifier: MIT */
/* The report as JUnit XML, for CI servers: every rule is a class of tests, every finding a test in it.
 *
 * An error is a failure.  A warning is a test that passed and has something to say.  A rule that found nothing is a test
 * that passed, so that a server's history shows what was looked for.
 */
#include "formats.h"
#include "printable.h"
#include "steps.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* XML 1.0 has no place for control characters, so they are made printable first. */
static void write_xml(const char *text, FILE *out)
{
	char *safe = printable(text, PRINTABLE_UTF8);

	for (const char *at = safe; *at; at++) {
		switch (*at) {
		case '&':
			fputs("&amp;", out);
			break;
		case '<':
			fputs("&lt;", out);
			break;
		case '>':
			fputs("&gt;", out);
			break;
		case '"':
			fputs("&quot;", out);
			break;
		default:
			fputc(*at, out);
		}
	}
	free(safe);
}

static void write_attribute(const char *name, const char *value, FILE *out)
{
	fprintf(out, " %s=\"", name);
	write_xml(value, out);
	fputc('"', out);
}

static void write_details(struct names *names, const struct finding *finding, FILE *out)
{
	const char *advice = finding_advice(names, finding);
	uint32_t n;
	const struct step *steps = finding_steps(names, finding, &n);

	write_xml(finding_in_short(names, finding), out);
	fputc('\n', out);
	for (uint32_t i = 0; i < n; i++) {
		const struct frame *frame = steps[i].frame;

		fputc('\n', out);
		write_xml(steps[i].words, out);
		if (steps[i].path) {
			fputs(": ", out);
			write_xml(steps[i].path, out);
			fprintf(out, ":%" PRIu32, frame->line);
		} else if (frame) {
			fputs(": ", out);
			write_xml(frame->module ?: "??", out);
			fprintf(out, "+0x%" PRIx64, frame->offset);
		}
	}
	if (advice) {
		fputs("\n\nWhat to change: ", out);
		write_xml(advice, out);
	}
	fputc('\n', out);
}

static void write_finding(const struct report *report, uint32_t i, FILE *out)
{
	const struct finding *finding = &report->findings[i];
	const char *title = finding_title(report->names, finding);
	bool is_error = finding->severity == SEVERITY_ERROR;

	fprintf(out, "    <testcase classname=\"snag.%s\"", rule_name(finding->rule));
	write_attribute("name", pool_printf(names_pool(report->names), "%s [%s]", title, report->ids[i]), out);
	fputs(" time=\"0\">\n", out);
	if (is_error) {
		fputs("      <failure", out);
		write_attribute("type", class_name(finding->class), out);
		write_attribute("message", title, out);
		fputc('>', out);
	} else {
		fprintf(out, "      <system-out>%s: ", severity_name(finding->severity));
	}
	write_details(report->names, finding, out);
	fputs(is_error ? "</failure>\n    </testcase>\n" : "</system-out>\n    </testcase>\n", out);
}

static uint32_t write_rule(const struct report *report, enum rule rule, bool shows_all, FILE *out)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report->findings[i].rule == rule && report_tells(report, i, shows_all)) {
			write_finding(report, i, out);
			n++;
		}
	if (!n)
		fprintf(out, "    <testcase classname=\"snag.%s\" name=\"nothing found\" time=\"0\"/>\n",
			rule_name(rule));
	return n;
}

/* Something may be missing: the run is no proof that there is nothing. */
static void write_losses(const struct losses *losses, FILE *out)
{
	fputs("    <testcase classname=\"snag\" name=\"all was recorded\" time=\"0\"", out);
	if (!losses->can_hide) {
		fputs("/>\n", out);
		return;
	}
	fputs(">\n      <error type=\"incomplete\" message=\"findings may be missing\">", out);
	for (uint32_t i = 0; i < losses->n_reasons; i++) {
		write_xml(losses->reasons[i], out);
		fputc('\n', out);
	}
	fputs("</error>\n    </testcase>\n", out);
}

int report_junit(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	uint32_t n_tests = 1, n_errors = report->losses.can_hide;
	char *cases = NULL;
	size_t size;
	FILE *body = open_memstream(&cases, &size);

	if (!body)
		return -1;
	for (int rule = 0; rule < RULES; rule++) {
		uint32_t n = write_rule(report, rule, shows_all, body);

		n_tests += n ? n : 1;
	}
	write_losses(&report->losses, body);
	if (fclose(body)) {
		free(cases);
		return -1;
	}
	fprintf(out,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<testsuites tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32 "\">\n"
		"  <testsuite name=\"snag\" tests=\"%" PRIu32 "\" failures=\"%" PRIu32 "\" errors=\"%" PRIu32
		"\" skipped=\"0\" time=\"0\">\n",
		n_tests, report->n[SEVERITY_ERROR], n_errors, n_tests, report->n[SEVERITY_ERROR], n_errors);
	fwrite(cases, 1, size, out);
	fputs("  </testsuite>\n</testsuites>\n", out);
	free(cases);
	return 0;
}
