/* SPDX-License-Identifier: MIT */
/* Graphs to be drawn: in which order locks are taken, and which thread waits for whom. */
#ifndef SNAG_DRAWING_H
#define SNAG_DRAWING_H

#include "report.h"

struct drawing_node {
	const char *label;
	bool is_thread;
};

struct drawing_edge {
	uint32_t from, to;
	const char *label; /* NULL: none */
	int severity;	   /* enum severity of the worst finding that it is in; SEVERITIES: none */
};

struct drawing {
	const char *title;
	struct drawing_node *nodes;
	uint32_t n_nodes;
	struct drawing_edge *edges;
	uint32_t n_edges;
	uint64_t n_left_out; /* pairs of locks that there was no room for */
	void *index;	     /* tsearch trees: label -> node, */
	void *pairs;	     /* from and to -> edge */
	struct pool *pool;
};

/* An edge from each lock to those that were asked for while it was held.  Those of findings come first; unless everything is
 * asked for, there is room for some hundred locks. */
void drawing_lock_order(struct drawing *ret_drawing, const struct report *report, bool shows_all);

/* An edge from each thread that waits to what it waits for, and from each such lock to the thread that has it. */
void drawing_waits(struct drawing *ret_drawing, const struct report *report, bool shows_all);

void drawing_deinit(struct drawing *drawing);

/* dot.c: as one graph in Graphviz's language. */
void drawings_write_dot(const struct drawing *drawings, uint32_t n, FILE *out);

/* svg.c: the same drawn by Graphviz's `dot`.  -1 with a sentence in *ret_why (to be freed). */
int drawings_write_svg(const struct drawing *drawings, uint32_t n, FILE *out, char **ret_why);

#endif
