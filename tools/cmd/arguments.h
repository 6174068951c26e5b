/* SPDX-License-Identifier: MIT */
/* Values of options that several subcommands take.  A mistake ends the program. */
#ifndef SNAG_ARGUMENTS_H
#define SNAG_ARGUMENTS_H

#include <argp.h>

double parse_seconds(struct argp_state *state, const char *text);

/* Which of `names` it is. */
int parse_choice(struct argp_state *state, const char *const names[], int n, const char *name);

/* What is recorded: "light" or "full". */
const char *parse_mode(struct argp_state *state, const char *name);

#endif
