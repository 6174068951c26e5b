/* SPDX-License-Identifier: MIT */
/* snag merge: puts many runs together into one baseline. */
#include "../report/words.h"
#include "../session/complain.h"
#include "command.h"
#include "runs.h"

#include <argp.h>
#include <inttypes.h>
#include <stdlib.h>

struct options {
	const char *output;
	char **paths;
	int n_paths;
};

static const struct argp_option option_table[] = {
	{"output", 'o', "FILE", 0, "The baseline to write; may be one of those that are read", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case 'o':
		options->output = argument;
		return 0;
	case ARGP_KEY_ARGS:
		options->paths = &state->argv[state->next];
		options->n_paths = state->argc - state->next;
		return 0;
	case ARGP_KEY_END:
		if (!options->output || !options->n_paths)
			argp_error(state, "-o FILE and something to merge are needed");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "-o FILE DIR|FILE...",
	.doc = "Put runs together into one lock graph with all findings: folders of sessions, trace files, and files "
	       "that "
	       "`snag merge` has written. The order does not matter. What is written is an SQLite file (`sqlite3 FILE "
	       ".schema` "
	       "explains it), to be kept beside the program and compared with `snag diff`."
	       "\vExit status: 0, 2 when one of them could not be read (the others are merged) or the file not be "
	       "written, 64 "
	       "for a mistake on the command line.",
};

static void print_summary(struct baseline *baseline, const char *path)
{
	int64_t n_runs = baseline_number(baseline, "SELECT n FROM runs");
	int64_t n_orders = baseline_number(baseline, "SELECT count(*) FROM lock_order");
	int64_t n_findings = baseline_number(baseline, "SELECT count(*) FROM findings");
	int64_t n_errors = baseline_number(baseline, "SELECT count(*) FROM findings WHERE severity = 0");
	int64_t n_inversions = baseline_number(baseline, "SELECT count(*) FROM inversions");

	printf("snag: %s: %" PRId64 " run%s, %" PRId64 " pair%s of locks in order, %" PRId64 " finding%s (%" PRId64
	       " error%s), %" PRId64 " inversion%s\n",
	       path, n_runs, plural(n_runs), n_orders, plural(n_orders), n_findings, plural(n_findings), n_errors,
	       plural(n_errors), n_inversions, plural(n_inversions));
}

int command_merge(int argc, char **argv)
{
	struct options options = {0};
	struct baseline baseline;
	int status = EXIT_CLEAN;
	char *why = NULL;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	baseline_init(&baseline);
	for (int i = 0; i < options.n_paths; i++)
		if (runs_add(&baseline, options.paths[i]))
			status = EXIT_NO_VERDICT;
	if (baseline_write(&baseline, options.output, &why)) {
		complain("%s", why);
		status = EXIT_NO_VERDICT;
	} else {
		print_summary(&baseline, options.output);
	}
	baseline_deinit(&baseline);
	free(why);
	return status;
}
