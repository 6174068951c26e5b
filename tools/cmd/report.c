/* SPDX-License-Identifier: MIT */
/* snag report: judges recorded sessions and prints what was found. */
#include "../report/formats.h"

#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/session_dir.h"
#include "command.h"
#include "silencing.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct options {
	const struct report_format *format;
	const char *path;      /* where to; NULL: standard output */
	const char *json_path; /* beside what `format` says; NULL: none */
	bool shows_all, tells_contention;
	struct silencing silencing;
	char *explained; /* a rule or a class to be explained; NULL: none */
	char **paths;
	size_t n_paths;
};

enum { KEY_FORMAT = 256, KEY_JSON, KEY_ALL, KEY_CONTENTION, KEY_EXPLAIN };

static const struct argp_child children[] = {{&silencing_argp, 0, NULL, 0}, {0}};

static const struct argp_option option_table[] = {
	{"format", KEY_FORMAT, "FORMAT", 0, "How it is written; see below", 0},
	{"output", 'o', "FILE", 0, "Write it to FILE instead of standard output", 0},
	{"json", KEY_JSON, "FILE", 0, "Write the report as JSON too; - is --format json", 0},
	{"all", KEY_ALL, NULL, 0, "Show notes too, and every thread and frame", 0},
	{"contention", KEY_CONTENTION, NULL, 0,
	 "Tell too (text and JSON) which locks were waited for: how often, how long, where, and for whom; and for how long plain mutexes were held by those who had to wait for them", 0},
	{"explain", KEY_EXPLAIN, "RULE", 0, "Judge nothing, but say what a rule or class means (`snag explain`)", 0},
	{0},
};

static void set_format(struct argp_state *state, struct options *options, const char *name)
{
	options->format = report_format_find(name);
	if (!options->format)
		argp_error(state, "%s: no such format; --help lists them", name);
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->silencing;
		return 0;
	case KEY_FORMAT:
		set_format(state, options, argument);
		return 0;
	case KEY_JSON:
		if (strcmp(argument, "-") == 0)
			set_format(state, options, "json");
		else
			options->json_path = argument;
		return 0;
	case 'o':
		options->path = argument;
		return 0;
	case KEY_ALL:
		options->shows_all = true;
		return 0;
	case KEY_CONTENTION:
		options->tells_contention = true;
		return 0;
	case KEY_EXPLAIN:
		options->explained = argument;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = &state->argv[state->next];
		options->n_paths = (size_t)(state->argc - state->next);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* Adds the list of formats behind the options. */
static char *filter_help(int key, const char *text, void *input)
{
	char *list = NULL;
	size_t size;
	FILE *out;

	if (key != ARGP_KEY_HELP_EXTRA)
		return (char *)(uintptr_t)text;
	out = open_memstream(&list, &size);
	if (!out)
		return NULL;
	fputs("Formats:\n", out);
	for (const struct report_format *format = report_formats; format->name; format++)
		fprintf(out, "  %-10s %s\n", format->name, format->summary);
	fclose(out);
	return list;
}

static const struct argp argp = {
	.help_filter = filter_help,
	.options = option_table,
	.parser = parse,
	.children = children,
	.args_doc = "[DIR|FILE...]",
	.doc = "Judge recorded sessions (default: " SESSION_DIR_DEFAULT
	       ") and print what was found. Several folders or trace files are "
	       "judged together."
	       "\vExit status: 0 when there is no error among the findings, 66 when there is one, 2 when it could not "
	       "be "
	       "judged (nothing recorded, a damaged trace, or lost records that may hide an error), 64 for a mistake "
	       "on "
	       "the command line.",
};

/* -1: it could not be written, which has been said. */
static int write_report(const struct report *report, const struct report_format *format, const char *path,
			bool shows_all)
{
	FILE *out = path ? fopen(path, "we") : stdout;
	char *why = NULL;
	int r = out ? format->write(report, shows_all, out, &why) : -1;

	if (out && (fflush(out) || ferror(out)))
		r = -1;
	if (r)
		complain("%s: %s", why ? format->name : path ?: "standard output", why ?: strerror(errno));
	if (out && path)
		fclose(out);
	free(why);
	return r;
}

int command_report(int argc, char **argv)
{
	char folder[] = SESSION_DIR_DEFAULT, *paths[] = {folder}, *why = NULL;
	struct options options = {.format = report_format_find("text"), .paths = paths, .n_paths = 1};
	struct analysis analysis;
	int status = EXIT_CLEAN;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	if (options.explained)
		return command_explain(2, (char *[]){argv[0], options.explained, NULL});
	if (silencing_read(&options.silencing))
		return EXIT_USAGE;
	if (silencing_open(&options.silencing))
		return EXIT_NO_VERDICT;
	if (analysis_init(&analysis, options.paths, options.n_paths, &why)) {
		complain("%s", why);
		free(why);
		return EXIT_NO_VERDICT;
	}
	silencing_apply(&options.silencing, analysis.report);
	analysis.report->tells_contention = options.tells_contention;
	if (analysis.report->losses.can_hide)
		status = EXIT_NO_VERDICT;
	if (analysis.report->n[SEVERITY_ERROR])
		status = EXIT_FOUND;
	if (write_report(analysis.report, options.format, options.path, options.shows_all))
		status = EXIT_NO_VERDICT;
	if (options.json_path &&
	    write_report(analysis.report, report_format_find("json"), options.json_path, options.shows_all))
		status = EXIT_NO_VERDICT;
	if (silencing_write(&options.silencing, analysis.report, options.shows_all))
		status = EXIT_NO_VERDICT;
	analysis_deinit(&analysis);
	silencing_deinit(&options.silencing);
	return status;
}
