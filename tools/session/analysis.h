/* SPDX-License-Identifier: MIT */
/* Traces read, judged, and ready to be reported: what `run` and `report` have in common. */
#ifndef SNAG_ANALYSIS_H
#define SNAG_ANALYSIS_H

#include "../report/report.h"

struct analysis {
	struct session *session;
	struct verdict *verdict;
	struct report *report;
};

/* Reads and judges the given files and folders. When that takes long, it says so on a terminal. -1 with one sentence
 * in *ret_why (to be freed) when there is nothing to judge. */
int analysis_init(struct analysis *ret_analysis, char *const paths[], size_t n_paths, char **ret_why);

/* Judges a session that is at hand, and takes it over. */
void analysis_init_session(struct analysis *ret_analysis, struct session *session);

void analysis_deinit(struct analysis *analysis);

/* Writes the text report to a descriptor in one piece, so that nothing else comes between its lines. */
struct text_output {
	struct page page;
	int fd;
	char *text;
	size_t size;
};

void text_begin(struct text_output *output, FILE *stream);
int text_end(struct text_output *output); /* -1 and errno when it could not be written */

#endif
