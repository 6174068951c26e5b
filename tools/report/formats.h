/* SPDX-License-Identifier: MIT */
/* Every form that a report can be written in, and what is common to those that are for programs. */
#ifndef SNAG_FORMATS_H
#define SNAG_FORMATS_H

#include "report.h"

struct report_format {
	const char *name, *summary;
	/* Writes it; notes only when `shows_all`.  -1 when that failed, with one sentence in *ret_why (to be freed) when it was
	 * not the writing. */
	int (*write)(const struct report *report, bool shows_all, FILE *out, char **ret_why);
};

/* The last one has no name. */
extern const struct report_format report_formats[];

/* NULL: there is no such format. */
const struct report_format *report_format_find(const char *name);

/* Is this finding told of? */
bool report_tells(const struct report *report, uint32_t finding, bool shows_all);

int report_dot(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_gcc(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_html(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_junit(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_perfetto(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_sarif(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_std(const struct report *report, bool shows_all, FILE *out, char **ret_why);
int report_svg(const struct report *report, bool shows_all, FILE *out, char **ret_why);

#endif
