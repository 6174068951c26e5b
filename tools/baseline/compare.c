/* SPDX-License-Identifier: MIT */
/* What is new and what is gone between two baselines: both are read in the order of their keys, side by side. */
#include "baseline.h"

#include <string.h>

/* Each has a key, a severity or 0, and words. */
static const char *const questions[DIFFERENCES] = {
	[DIFFERENCE_FINDING] = "SELECT f.id, f.severity, format('%s [%s, %s]', title, rule, c.name)\n"
			       "FROM findings f JOIN classes c ON c.id = f.class ORDER BY f.id",
	[DIFFERENCE_ORDER] = "SELECT held || ' -> ' || wanted AS key, 0,\n"
			     "  format('`%s` is asked for (in %s) while `%s` is held (taken in %s)', wanted, "
			     "wanted_in, held, held_in)\n"
			     "FROM lock_order ORDER BY key",
	[DIFFERENCE_INVERSION] =
		"SELECT one || ' <-> ' || other AS key, 0,\n"
		"  format('`%s` and `%s` are nested both ways (in %s and in %s)', one, other, there, back)\n"
		"FROM inversions ORDER BY key",
};

struct reading {
	sqlite3_stmt *statement;
	struct difference row; /* while `is_there` */
	bool is_there;
};

static void next(struct reading *reading)
{
	reading->is_there = sqlite3_step(reading->statement) == SQLITE_ROW;
	if (!reading->is_there)
		return;
	reading->row.key = (const char *)sqlite3_column_text(reading->statement, 0) ?: "";
	reading->row.severity = (enum severity)sqlite3_column_int(reading->statement, 1);
	reading->row.words = (const char *)sqlite3_column_text(reading->statement, 2) ?: "";
	if (reading->row.severity >= SEVERITIES)
		reading->row.severity = SEVERITY_NOTE;
}

static void begin(struct reading *reading, struct baseline *baseline, enum difference_kind kind, bool is_new)
{
	*reading = (struct reading){.statement = baseline_prepare(baseline, questions[kind])};
	reading->row.kind = kind;
	reading->row.is_new = is_new;
	next(reading);
}

/* Below 0: the first has a row that the second has not. */
static int compare_rows(const struct reading *a, const struct reading *b)
{
	if (!a->is_there || !b->is_there)
		return b->is_there - a->is_there;
	return strcmp(a->row.key, b->row.key);
}

static void compare_kind(struct baseline *old, struct baseline *new, enum difference_kind kind,
			 void (*tell)(void *context, const struct difference *difference), void *context)
{
	struct reading before, after;

	begin(&before, old, kind, false);
	begin(&after, new, kind, true);
	while (before.is_there || after.is_there) {
		int order = compare_rows(&before, &after);

		if (order < 0)
			tell(context, &before.row);
		else if (order > 0 || after.row.severity < before.row.severity)
			tell(context, &after.row);
		if (order <= 0)
			next(&before);
		if (order >= 0)
			next(&after);
	}
	sqlite3_finalize(before.statement);
	sqlite3_finalize(after.statement);
}

void baseline_compare(struct baseline *old, struct baseline *new,
		      void (*tell)(void *context, const struct difference *difference), void *context)
{
	for (int kind = 0; kind < DIFFERENCES; kind++)
		compare_kind(old, new, kind, tell, context);
}
