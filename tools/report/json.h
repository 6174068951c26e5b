/* SPDX-License-Identifier: MIT */
/* Pieces of JSON that several forms of the report are made of. */
#ifndef SNAG_REPORT_JSON_H
#define SNAG_REPORT_JSON_H

#include "report.h"

#include <json-c/json.h>

/* A text from outside; what is not UTF-8 in it becomes \xNN.  NULL becomes null. */
struct json_object *json_text(const char *raw);

/* The report as DESIGN, section 6, has it. */
struct json_object *json_report(const struct report *report);

/* Writes an object, and gives it up.  -1 when writing failed. */
int json_write(struct json_object *root, int flags, FILE *out);

#endif
