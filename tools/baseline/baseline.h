/* SPDX-License-Identifier: MIT */
/* What many runs came to, in one SQLite file that can be committed to a repository or asked with SQL.
 *
 * It has no addresses, thread numbers, line numbers or times: locks are known by their class (`accounts[].lock`), code by
 * module and function.  So it grows with the program, not with the number of runs, and is the same after a rebuild.
 * Putting two together is the union of their rows with counts added and the strongest class kept: in whatever order runs
 * are merged, the same file comes out, byte for byte.  The schema is in baseline.c, and with its comments in every file.
 */
#ifndef SNAG_BASELINE_H
#define SNAG_BASELINE_H

#include "../report/report.h"

#include <sqlite3.h>

struct baseline {
	sqlite3 *db; /* in memory */
};

/* An empty one. */
void baseline_init(struct baseline *ret_baseline);
void baseline_deinit(struct baseline *baseline);

/* Does the file look like a baseline, and not like a recording? */
bool baseline_is_file(const char *path);

/* Adds all that a file has.  -1 with one sentence in *ret_why (to be freed). */
int baseline_add_file(struct baseline *baseline, const char *path, char **ret_why);

/* collect.c: adds one run. */
void baseline_add_run(struct baseline *baseline, const struct report *report);

/* Writes it, in place of what is there, at once or not at all.  -1 with one sentence in *ret_why (to be freed). */
int baseline_write(struct baseline *baseline, const char *path, char **ret_why);

/* The answer to a question that has one number. */
int64_t baseline_number(struct baseline *baseline, const char *sql);

/* Ends the program when a statement of our own fails: there is no memory. */
void baseline_execute(struct baseline *baseline, const char *sql);
sqlite3_stmt *baseline_prepare(struct baseline *baseline, const char *sql);

/* ---- compare.c -------------------------------------------------------------------------------------------------- */

enum difference_kind { DIFFERENCE_FINDING, DIFFERENCE_ORDER, DIFFERENCE_INVERSION, DIFFERENCES };

/* Something that only one of two baselines has, or that is worse in the second. */
struct difference {
	enum difference_kind kind;
	bool is_new;		/* else it is gone */
	enum severity severity; /* of a finding */
	const char *key;	/* a finding's id, or "held -> wanted" */
	const char *words;
};

/* Calls `tell` for each difference, findings first. */
void baseline_compare(struct baseline *old, struct baseline *new,
		      void (*tell)(void *context, const struct difference *difference), void *context);

#endif
