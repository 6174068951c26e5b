/* SPDX-License-Identifier: MIT */
/* Graphs in Graphviz's language: https://graphviz.org/doc/info/lang.html */
#include "drawing.h"
#include "formats.h"
#include "printable.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LABEL = 120 }; /* bytes; a longer name makes the picture unreadable */

/* In a label a backslash begins an escape, and & an entity. */
static void write_label(const char *label, FILE *out)
{
	char *safe = printable(label, PRINTABLE_UTF8);
	size_t n = strnlen(safe, MOST_LABEL);

	while (n > 0 && (safe[n] & 0xc0) == 0x80)
		n--;
	fputc('"', out);
	for (size_t i = 0; i < n; i++) {
		if (safe[i] == '&')
			fputs("&amp;", out);
		else if (safe[i] == '"' || safe[i] == '\\')
			fprintf(out, "\\%c", safe[i]);
		else
			fputc(safe[i], out);
	}
	fputs(safe[n] ? "...\"" : "\"", out);
	free(safe);
}

static const char *severity_style(int severity)
{
	switch (severity) {
	case SEVERITY_ERROR:
		return ", class=\"error\", color=\"#c62828\", fontcolor=\"#c62828\", penwidth=2";
	case SEVERITY_WARNING:
		return ", class=\"warning\", color=\"#b26a00\", fontcolor=\"#b26a00\", penwidth=2";
	default:
		return "";
	}
}

static void write_nodes(const struct drawing *drawing, uint32_t number, FILE *out)
{
	for (uint32_t i = 0; i < drawing->n_nodes; i++) {
		fprintf(out, "    g%" PRIu32 "n%" PRIu32 " [label=", number, i);
		write_label(drawing->nodes[i].label, out);
		fputs(drawing->nodes[i].is_thread ? ", shape=ellipse, class=\"thread\"];\n" : ", class=\"lock\"];\n",
		      out);
	}
}

static void write_edges(const struct drawing *drawing, uint32_t number, FILE *out)
{
	for (uint32_t i = 0; i < drawing->n_edges; i++) {
		const struct drawing_edge *edge = &drawing->edges[i];

		fprintf(out, "    g%" PRIu32 "n%" PRIu32 " -> g%" PRIu32 "n%" PRIu32 " [label=", number, edge->from,
			number, edge->to);
		write_label(edge->label ?: "", out);
		fprintf(out, "%s];\n", severity_style(edge->severity));
	}
}

static void write_cluster(const struct drawing *drawing, uint32_t number, FILE *out)
{
	fprintf(out, "  subgraph cluster_%" PRIu32 " {\n    label=\"%s", number, drawing->title);
	if (drawing->n_left_out)
		fprintf(out, "\\n(%" PRIu64 " more dependencies are not drawn; --all draws them)", drawing->n_left_out);
	fputs("\"; color=\"transparent\";\n", out);
	write_nodes(drawing, number, out);
	write_edges(drawing, number, out);
	fputs("  }\n", out);
}

void drawings_write_dot(const struct drawing *drawings, uint32_t n, FILE *out)
{
	fputs("digraph snag {\n"
	      "  graph [rankdir=LR, bgcolor=\"transparent\", fontname=\"sans-serif\"];\n"
	      "  node [shape=box, style=rounded, fontname=\"sans-serif\", fontsize=11];\n"
	      "  edge [fontname=\"sans-serif\", fontsize=9];\n",
	      out);
	for (uint32_t i = 0; i < n; i++)
		if (drawings[i].n_nodes)
			write_cluster(&drawings[i], i, out);
	fputs("}\n", out);
}

int report_dot(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct drawing drawings[2];

	drawing_lock_order(&drawings[0], report, shows_all);
	drawing_waits(&drawings[1], report, shows_all);
	drawings_write_dot(drawings, 2, out);
	drawing_deinit(&drawings[0]);
	drawing_deinit(&drawings[1]);
	return 0;
}
