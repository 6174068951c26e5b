/* SPDX-License-Identifier: MIT */
/* A verdict, ready to be printed: one file for each form.
 *
 *   text.c   for a person
 *   json.c   for programs: the contract of DESIGN, section 6
 *   live.c   what every thread does now (not a verdict, but told in the same words)
 */
#ifndef SNAG_REPORT_H
#define SNAG_REPORT_H

#include "names.h"
#include "page.h"

enum { FINDING_ID_SIZE = 13 }; /* 12 hex digits and the NUL */

/* What is missing in a report. */
struct losses {
	uint64_t records;     /* facts that were lost while recording, or could not be read */
	const char **reasons; /* a sentence each */
	uint32_t n_reasons;
	bool can_hide; /* a finding may be missing because of it */
};

struct report {
	const struct session *session;
	const struct verdict *verdict;
	struct finding *findings; /* those of the verdict, circles turned so that the lowest thread number is first */
	struct names *names;
	uint32_t n[SEVERITIES];	      /* findings of each severity */
	char (*ids)[FINDING_ID_SIZE]; /* by finding: stable over runs and rebuilds, unique in this report */
	const struct trial **trials;  /* by finding: what came of `snag confirm`; NULL: it was not tried */
	bool *is_told;		      /* by finding: text leaves it out, it was printed before */
	bool *is_suppressed;	      /* by finding: left out and not counted in `n` */
	const struct suppressions *suppressions; /* NULL: none were asked for */
	bool tells_contention;			 /* also what waiting for locks has cost */
	struct losses losses;
};

struct report *report_new(const struct session *session, const struct verdict *verdict);
void report_free(struct report *report);

/* Everything as text.  Notes only when `shows_all`; threads and frames are left out (and counted) unless it does. */
void report_text(const struct report *report, const struct page *page, bool shows_all);

/* One finding. */
void report_text_finding(const struct report *report, const struct page *page, uint32_t finding, bool shows_all);

/* What waiting for locks has cost.  The dearest locks and places unless it shows all. */
void report_contention(const struct report *report, const struct page *page, bool shows_all);

/* A circle as a drawing of letters, of at most so many threads and the last one. */
void report_text_circle(const struct report *report, const struct page *page, uint32_t finding, uint32_t most);

/* What the threads of every process do that was looked at.  Threads that do the same are counted unless it shows all. */
void report_live(const struct report *report, const struct page *page, bool shows_all, bool shows_stacks);

/* A thread of a process that was looked at, in words (with marks, page.h). */
struct live_row {
	const struct model *model;
	const struct live_thread *live;
	uint32_t tid;
	const char *name, *text;
};

/* All threads of all processes; they live as long as the report. */
struct live_row *report_live_rows(const struct report *report, uint32_t *ret_n);

/* What one thread does and holds, and where it is, as far as that is known. */
void report_live_thread(const struct report *report, const struct page *page, const struct live_row *row);

/* What holds the processes up that were looked at, and then what their threads do. */
void report_process(const struct report *report, const struct page *page, bool shows_all, bool shows_stacks);

/* The frames of a stack, a line each, for the table of threads. */
void report_text_stack(struct names *names, const struct page *page, unsigned indent, const struct model *model,
		       uint32_t stack);

/* Everything as JSON.  -1 when writing failed. */
int report_json(const struct report *report, FILE *out);

/* Whether each part of a finding wants what the next one holds, and the last what the first holds. */
bool finding_is_circle(const struct finding *finding);

/* losses.c, finding_id.c and tried.c, for report_new(). */
void losses_count(struct losses *ret_losses, struct pool *pool, const struct session *session);
void finding_ids_make(char (*ids)[FINDING_ID_SIZE], struct names *names, const struct verdict *verdict);
void report_take_trials(struct report *report);

#endif
