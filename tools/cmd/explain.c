/* SPDX-License-Identifier: MIT */
/* snag explain: what a rule or a class means, an example, and what to do about it. */
#include "../report/manual.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "command.h"

#include <argp.h>
#include <errno.h>
#include <string.h>

struct options {
	char **names;
	int n_names;
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	(void)argument;
	if (key != ARGP_KEY_ARGS)
		return ARGP_ERR_UNKNOWN;
	options->names = &state->argv[state->next];
	options->n_names = state->argc - state->next;
	return 0;
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "[RULE|CLASS...]",
	.doc = "Say what a rule or a class means, with an example and what to do about it; without a name, list all."
	       "\vExit status: 0, 64 when there is no rule or class of that name.",
};

static int explain_all(const struct options *options, const struct page *page)
{
	if (!options->n_names)
		manual_list(page);
	for (int i = 0; i < options->n_names; i++) {
		if (i)
			page_blank(page);
		if (!manual_print(page, options->names[i])) {
			complain("%s: no such rule or class (`snag explain` lists them)", options->names[i]);
			return EXIT_USAGE;
		}
	}
	return EXIT_CLEAN;
}

int command_explain(int argc, char **argv)
{
	struct options options = {0};
	struct text_output output;
	int status;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &options);
	text_begin(&output, stdout);
	status = explain_all(&options, &output.page);
	if (text_end(&output)) {
		complain("standard output: %s", strerror(errno));
		status = EXIT_NO_VERDICT;
	}
	return status;
}
