/* SPDX-License-Identifier: MIT */
/* Values of options that several subcommands take. */
#include "arguments.h"

#include <stdlib.h>
#include <string.h>

double parse_seconds(struct argp_state *state, const char *text)
{
	char *end;
	double seconds = strtod(text, &end);

	if (end == text || *end || !(seconds > 0 && seconds < 1e9))
		argp_error(state, "%s: not a number of seconds", text);
	return seconds;
}

int parse_choice(struct argp_state *state, const char *const names[], int n, const char *name)
{
	for (int i = 0; i < n; i++)
		if (strcmp(names[i], name) == 0)
			return i;
	argp_error(state, "%s: no such choice", name);
	return 0;
}

const char *parse_mode(struct argp_state *state, const char *name)
{
	static const char *const modes[] = {"light", "full"};

	return modes[parse_choice(state, modes, 2, name)];
}
