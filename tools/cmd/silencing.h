/* SPDX-License-Identifier: MIT */
/* The options about suppressions, which `run` and `report` share. */
#ifndef SNAG_SILENCING_H
#define SNAG_SILENCING_H

#include "../report/suppress.h"

#include <argp.h>

struct silencing {
	char **paths;
	size_t n_paths;
	const char *generated; /* file to write suppressions to, - standard output; NULL: none */
	FILE *out;
	struct suppressions suppressions;
};

/* A child parser; its input is a struct silencing. */
extern const struct argp silencing_argp;

/* Each of these complains itself, and returns -1 then. */
int silencing_read(struct silencing *silencing);
int silencing_open(struct silencing *silencing); /* the file to write to, before what takes long */
int silencing_write(struct silencing *silencing, const struct report *report, bool shows_all);

void silencing_apply(struct silencing *silencing, struct report *report);
void silencing_deinit(struct silencing *silencing);

#endif
