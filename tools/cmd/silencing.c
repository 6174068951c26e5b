/* SPDX-License-Identifier: MIT */
/* --suppressions and --gen-suppressions. */
#include "silencing.h"

#include "../session/complain.h"
#include "../trace/pool.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

enum { KEY_SUPPRESSIONS = 0x200, KEY_GENERATE };

static const struct argp_option option_table[] = {
	{"suppressions", KEY_SUPPRESSIONS, "FILE", 0,
	 "Leave out findings that this file suppresses; may be given several times", 0},
	{"gen-suppressions", KEY_GENERATE, "FILE", 0, "Write suppressions for what was found", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct silencing *silencing = state->input;

	switch (key) {
	case KEY_SUPPRESSIONS:
		silencing->paths = grow_array(silencing->paths, silencing->n_paths + 1, sizeof(*silencing->paths));
		silencing->paths[silencing->n_paths++] = argument;
		return 0;
	case KEY_GENERATE:
		silencing->generated = argument;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp silencing_argp = {.options = option_table, .parser = parse};

int silencing_read(struct silencing *silencing)
{
	char *why;

	for (size_t i = 0; i < silencing->n_paths; i++)
		if (suppressions_read(&silencing->suppressions, silencing->paths[i], &why)) {
			complain("%s", why);
			free(why);
			return -1;
		}
	return 0;
}

int silencing_open(struct silencing *silencing)
{
	const char *path = silencing->generated;

	if (!path)
		return 0;
	silencing->out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	if (silencing->out)
		return 0;
	complain("%s: %s", path, strerror(errno));
	return -1;
}

int silencing_write(struct silencing *silencing, const struct report *report, bool shows_all)
{
	FILE *out = silencing->out;
	int r = out ? suppressions_write(report, shows_all, out) : 0;

	if (out && out != stdout && fclose(out))
		r = -1;
	silencing->out = NULL;
	if (r)
		complain("%s: %s", silencing->generated, strerror(errno));
	return r;
}

void silencing_apply(struct silencing *silencing, struct report *report)
{
	if (silencing->n_paths)
		suppressions_apply(&silencing->suppressions, report);
}

void silencing_deinit(struct silencing *silencing)
{
	if (silencing->out && silencing->out != stdout)
		fclose(silencing->out);
	suppressions_deinit(&silencing->suppressions);
	free(silencing->paths);
}
