/* SPDX-License-Identifier: MIT */
/* What the page shows, as JSON: the report (json.h), and what only a person wants beside it. */
#ifndef SNAG_HTML_DATA_H
#define SNAG_HTML_DATA_H

#include "json.h"

/* { report, words: [one a finding], sources: {"file:line": excerpt}, threads: [], locks: [],
 * contention: [], timeline: [], remarks: [] } */
struct json_object *html_data(const struct report *report);

/* html_timeline.c: of each process that was recorded in full its lanes and slices.  Adds what had no room to `remarks`. */
struct json_object *html_timeline(const struct report *report, struct json_object *remarks);

#endif
