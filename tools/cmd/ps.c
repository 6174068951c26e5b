/* SPDX-License-Identifier: MIT */
/* snag ps: says what the threads of a process wait for, and whether they hang. */
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/look.h"
#include "../trace/pool.h"
#include "arguments.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

struct options {
	const char *json_path; /* NULL: none; "-": standard output, instead of text */
	double watch_s;	       /* look again after so long; 0: once */
	bool shows_all, takes_stacks, takes_trees;
	char **targets;
	size_t n_targets;
};

enum { KEY_JSON = 256, KEY_ALL, KEY_STACKS, KEY_TREE };

static const struct argp_option option_table[] = {
	{"watch", 'w', "SECONDS", OPTION_ARG_OPTIONAL, "Look again and again (default: every 2 s)", 0},
	{"json", KEY_JSON, "FILE", 0, "Write the report as JSON; - is standard output", 0},
	{"stacks", KEY_STACKS, NULL, 0, "Say where each thread is; those that run or wait are stopped for a moment", 0},
	{"tree", KEY_TREE, NULL, 0, "Look at all processes that PID and its children have begun, too", 0},
	{"all", KEY_ALL, NULL, 0, "Show every thread and frame", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'w':
		options->watch_s = argument ? parse_seconds(state, argument) : 2;
		return 0;
	case KEY_JSON:
		options->json_path = argument;
		return 0;
	case KEY_STACKS:
		options->takes_stacks = true;
		return 0;
	case KEY_TREE:
		options->takes_trees = true;
		return 0;
	case KEY_ALL:
		options->shows_all = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->targets = &state->argv[state->next];
		options->n_targets = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a process is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "PID... | CORE [EXE] | DIR",
	.doc = "Say what the threads of a process wait for, who holds it, and whether they can ever go on. The process "
	       "is "
	       "only looked at, not stopped, and needs no preparation. CORE is a core file, and EXE its program if "
	       "that has moved. DIR is a session folder: all processes of it "
	       "that are alive."
	       "\vExit status: 0 when no thread hangs for certain, 66 when some do, 2 when that could not be judged "
	       "(no such "
	       "process, or not ours to look at), 64 for a mistake on the command line.",
};

/* ---- one look --------------------------------------------------------------------------------------------------- */

/* All that was asked for, looked at now; NULL with *ret_status when something of it cannot be looked at. */
static struct session *look(const struct options *options, int *ret_status)
{
	struct look look = {.session = zeroed_array(1, sizeof(*look.session)),
			    .forgets_past = true,
			    .takes_stacks = options->takes_stacks,
			    .takes_trees = options->takes_trees};

	*ret_status = look_at(&look, options->targets, options->n_targets);
	if (!*ret_status)
		return look.session;
	session_free(look.session);
	return NULL;
}

/* ---- printing --------------------------------------------------------------------------------------------------- */

static int print_json(const struct report *report, const char *path)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	int r = out ? report_json(report, out) : -1;

	if (out && out != stdout && fclose(out))
		r = -1;
	if (r)
		complain("%s: %s", path, strerror(errno));
	return r;
}

static int print_text(const struct report *report, const struct options *options)
{
	struct text_output output;

	text_begin(&output, stdout);
	if (options->watch_s && output.page.has_color)
		fputs("\033[H\033[2J\033[3J", output.page.out);
	report_process(report, &output.page, options->shows_all, options->takes_stacks);
	if (text_end(&output) == 0)
		return 0;
	complain("standard output: %s", strerror(errno));
	return -1;
}

static int look_and_print(const struct options *options)
{
	struct analysis analysis;
	struct session *session;
	int status, r;

	session = look(options, &status);
	if (!session)
		return status;
	analysis_init_session(&analysis, session);
	if (analysis.report->n[SEVERITY_ERROR])
		status = EXIT_FOUND;
	r = options->json_path ? print_json(analysis.report, options->json_path) : 0;
	if (!options->json_path || strcmp(options->json_path, "-") != 0)
		r |= print_text(analysis.report, options);
	analysis_deinit(&analysis);
	return r ? EXIT_NO_VERDICT : status;
}

int command_ps(int argc, char **argv)
{
	struct options options = {0};
	int status;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	for (;;) {
		struct timespec pause = {.tv_sec = (time_t)options.watch_s};

		status = look_and_print(&options);
		if (!options.watch_s || status == EXIT_NO_VERDICT || status == EXIT_USAGE)
			return status;
		pause.tv_nsec = (long)((options.watch_s - (double)pause.tv_sec) * 1e9);
		nanosleep(&pause, NULL);
	}
}
