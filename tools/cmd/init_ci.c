/* SPDX-License-Identifier: MIT */
/* snag init-ci: prints a step for a CI server.  The steps themselves are in ci/. */
#include "../session/complain.h"
#include "command.h"

#include <argp.h>
#include <string.h>

extern const char ci_github[], ci_gitlab[];

static const struct {
	const char *name, *step;
} servers[] = {{"github", ci_github}, {"gitlab", ci_gitlab}};

static const char *find_step(const char *name)
{
	for (size_t i = 0; i < sizeof(servers) / sizeof(*servers); i++)
		if (strcmp(servers[i].name, name) == 0)
			return servers[i].step;
	return NULL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	const char **step = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (*step)
			argp_usage(state);
		*step = find_step(argument);
		if (!*step)
			argp_error(state, "%s: no such server; there are github and gitlab", argument);
		return 0;
	case ARGP_KEY_END:
		if (!*step)
			argp_usage(state);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "github|gitlab",
	.doc = "Print a step that runs the tests of a program under Snag, shows the findings where the server shows "
	       "such things, and fails on errors; on new ones only, when there is a baseline (`snag merge`)."
	       "\vExit status: 0, 64 for a mistake on the command line.",
};

int command_init_ci(int argc, char **argv)
{
	const char *step = NULL;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &step);
	fputs(step, stdout);
	return EXIT_CLEAN;
}
