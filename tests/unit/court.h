/* SPDX-License-Identifier: MIT */
/* Takes traces made by hand through the reader and the judge. */
#ifndef SNAG_COURT_H
#define SNAG_COURT_H

#include "build_trace.h"

#include "tools/judge/finding.h"

/* Reads a trace through a file that has no name. */
struct model *court_read(const struct trace *trace);

struct court {
	struct session session;
	struct verdict *verdict;
};

/* Judges one trace, or two together (the second may be NULL). */
void court_judge(struct court *court, const struct trace *first, const struct trace *second);
void court_adjourn(struct court *court);

/* Ends the test unless the findings are these, in this order: "rule class severity", one a line. */
void court_expect(const struct court *court, const char *findings);

/* Judges a trace, expects these findings, and frees the trace. */
void court_settle(struct trace *trace, const char *findings);

/* ---- short forms for what happens in the stories ---------------------------------------------------------------- */

/* A trace with every kind of record, a deadlock, and a live table: test-reader.c says what is in it. */
struct trace *court_full_trace(void);

/* A trace with mutexes 1, 2, ..., and threads 2, 3, ... that main creates at once. */
struct trace *court_story(uint32_t n_locks, uint32_t n_threads);

struct taking {
	uint32_t thread, segment;
	uint32_t holds, wants;		/* objects; 0 none */
	uint32_t gate;			/* held before, or 0 */
	enum object_mode held_mode, want_mode, gate_mode;
	uint32_t flags;
	uint32_t place;			/* 0: places follow from the locks, the same for every thread */
};

/* The thread takes a lock while it holds another; joins when what it wants is the end of a thread. */
void court_takes(struct trace *trace, struct taking taking);

/* court_takes() for the commonest case. */
void court_nests(struct trace *trace, uint32_t thread, uint32_t segment, uint32_t holds, uint32_t wants);

#endif
