/* SPDX-License-Identifier: MIT */
/* Runs as `snag merge` and `snag diff` take them: a session's folder, a trace, or a baseline of many. */
#ifndef SNAG_RUNS_H
#define SNAG_RUNS_H

#include "../baseline/baseline.h"

/* Adds one.  -1 when it could not be read, which has been said. */
int runs_add(struct baseline *baseline, char *path);

#endif
