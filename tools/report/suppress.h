/* SPDX-License-Identifier: MIT */
/* Findings that somebody has looked into and does not want to see again.
 *
 * A file of suppressions has blocks like this one; a line that begins with # is a comment:
 *
 *     {
 *       clerks never work on two accounts at once
 *       rule: lock-order-cycle
 *       function: transfer
 *       module: libbank.so*
 *       lock: accounts[*].lock
 *     }
 *
 * The first line is a name.  Of the others there may be any number, of each kind too, and all must be true of a finding:
 * its rule, a function or a module in one of its stacks, the name of one of its locks.  In a pattern * stands for any text
 * and ? for any character; nothing else is special.
 *
 * What happened and is a deadlock cannot be suppressed.
 */
#ifndef SNAG_SUPPRESS_H
#define SNAG_SUPPRESS_H

#include "report.h"

enum condition_kind { CONDITION_RULE, CONDITION_FUNCTION, CONDITION_MODULE, CONDITION_LOCK, CONDITION_KINDS };

struct condition {
	enum condition_kind kind;
	char *pattern;
};

struct suppression {
	char *name, *path;
	uint32_t line; /* of its first brace */
	struct condition *conditions;
	uint32_t n_conditions;
	uint64_t n_used; /* findings that it kept out of the report */
};

/* Zeroed: none. */
struct suppressions {
	struct suppression *at;
	uint32_t n;
};

/* Adds those of a file.  -1 with one sentence in *ret_why (to be freed). */
int suppressions_read(struct suppressions *suppressions, const char *path, char **ret_why);
void suppressions_deinit(struct suppressions *suppressions);

/* Takes what they suppress out of a report, which keeps a pointer to them. */
void suppressions_apply(struct suppressions *suppressions, struct report *report);

/* Writes a block for each finding of the report (notes only when `shows_all`), which would suppress it.  -1 when writing
 * failed. */
int suppressions_write(const struct report *report, bool shows_all, FILE *out);

/* The word for it in a file, without the colon. */
const char *condition_name(enum condition_kind kind);

/* Does a text match a pattern? */
bool pattern_matches(const char *pattern, const char *text);

#endif
