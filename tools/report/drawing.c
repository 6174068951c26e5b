/* SPDX-License-Identifier: MIT */
/* Graphs to be drawn.
 *
 * A node is what has one name, so that a lock of several processes or runs is drawn once.  A graph of thousands of locks
 * takes minutes to draw and can be read by nobody, so there is room for what the findings speak of and what is next to it.
 */
#include "drawing.h"

#include "formats.h"
#include "names.h"

#include <assert.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_NODES = 120, MOST_EDGES = 240 };

struct label {
	const char *text;
	uint32_t node;
};

struct pair {
	uint32_t from, to, edge;
};

/* ---- nodes and edges -------------------------------------------------------------------------------------------- */

static int compare_labels(const void *a, const void *b)
{
	return strcmp(((const struct label *)a)->text, ((const struct label *)b)->text);
}

static int compare_pairs(const void *a, const void *b)
{
	const struct pair *x = a, *y = b;

	if (x->from != y->from)
		return x->from < y->from ? -1 : 1;
	return (x->to > y->to) - (x->to < y->to);
}

/* NULL: it is not drawn. */
static const struct label *find_node(const struct drawing *drawing, const char *text)
{
	struct label probe = {.text = text}, **at = tfind(&probe, &drawing->index, compare_labels);

	return at ? *at : NULL;
}

static bool has_edge(const struct drawing *drawing, const char *from, const char *to)
{
	const struct label *a = find_node(drawing, from), *b = find_node(drawing, to);
	struct pair probe;

	if (!a || !b)
		return false;
	probe = (struct pair){.from = a->node, .to = b->node};
	return tfind(&probe, &drawing->pairs, compare_pairs) != NULL;
}

static uint32_t node_of(struct drawing *drawing, const char *text, bool is_thread)
{
	struct label probe = {.text = text}, **at = tsearch(&probe, &drawing->index, compare_labels);

	assert(at);
	if (*at != &probe)
		return (*at)->node;
	*at = pool_alloc(drawing->pool, sizeof(**at));
	(*at)->text = pool_printf(drawing->pool, "%s", text);
	(*at)->node = drawing->n_nodes;
	drawing->nodes = grow_array(drawing->nodes, drawing->n_nodes + 1, sizeof(*drawing->nodes));
	drawing->nodes[drawing->n_nodes++] = (struct drawing_node){(*at)->text, is_thread};
	return (*at)->node;
}

static void add_edge(struct drawing *drawing, uint32_t from, uint32_t to, const char *label, int severity)
{
	struct pair *own = pool_alloc(drawing->pool, sizeof(*own)), **at;
	struct drawing_edge *edge;

	*own = (struct pair){from, to, drawing->n_edges};
	at = tsearch(own, &drawing->pairs, compare_pairs);
	assert(at);
	if (*at == own) {
		drawing->edges = grow_array(drawing->edges, drawing->n_edges + 1, sizeof(*drawing->edges));
		drawing->edges[drawing->n_edges++] = (struct drawing_edge){from, to, label, severity};
	}
	edge = &drawing->edges[(*at)->edge];
	if (severity < edge->severity)
		edge->severity = severity;
}

static void drawing_init(struct drawing *drawing, const char *title)
{
	*drawing = (struct drawing){.title = title, .pool = pool_new()};
}

static void forget(void *node)
{
	(void)node; /* the pool owns it */
}

void drawing_deinit(struct drawing *drawing)
{
	tdestroy(drawing->index, forget);
	tdestroy(drawing->pairs, forget);
	free(drawing->nodes);
	free(drawing->edges);
	pool_free(drawing->pool);
}

/* ---- lock order ------------------------------------------------------------------------------------------------- */

static const char *object_name(struct names *names, const struct model *model, uint32_t object)
{
	struct finding_lock lock = {model, object, model->objects[object].address, model->objects[object].kind};

	return names_lock(names, &lock);
}

static void add_part(struct drawing *drawing, struct names *names, const struct finding *finding,
		     const struct finding_part *part)
{
	const struct finding_held *held = &part->holds[part->cycle_hold];

	add_edge(drawing, node_of(drawing, names_lock(names, &held->lock), false),
		 node_of(drawing, names_lock(names, &part->want), false),
		 names_where(names, part->model, part->want_stack), finding->severity);
}

static bool has_room(const struct drawing *drawing, bool shows_all)
{
	return shows_all || (drawing->n_nodes < MOST_NODES && drawing->n_edges < MOST_EDGES);
}

static void add_findings(struct drawing *drawing, const struct report *report, bool shows_all)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		for (uint32_t k = 0; k < finding->n_parts && !report->is_suppressed[i]; k++) {
			const struct finding_part *part = &finding->parts[k];

			if (part->has_want && part->cycle_hold >= 0 && (uint32_t)part->cycle_hold < part->n_holds &&
			    has_room(drawing, shows_all))
				add_part(drawing, report->names, finding, part);
		}
	}
}

/* Whether it would be drawn: both ends are there, or there is room for new ones. */
static bool is_wanted(const struct drawing *drawing, const char *from, const char *to, bool shows_all, bool only_known)
{
	bool is_near = find_node(drawing, from) || find_node(drawing, to);

	return has_room(drawing, shows_all) && (is_near || !only_known);
}

static void add_dep(struct drawing *drawing, struct names *names, const struct model *model, const struct dep *dep,
		    bool shows_all, bool only_known)
{
	const char *to = object_name(names, model, dep->object);

	for (uint32_t i = 0; i < dep->n_held; i++) {
		const char *from = object_name(names, model, dep->held[i].object);

		if (is_wanted(drawing, from, to, shows_all, only_known))
			add_edge(drawing, node_of(drawing, from, false), node_of(drawing, to, false), NULL, SEVERITIES);
		else if (!only_known && !has_edge(drawing, from, to))
			drawing->n_left_out++;
	}
}

/* Neighbours of what is there come first. */
static void add_deps(struct drawing *drawing, const struct report *report, bool shows_all, bool only_known)
{
	for (uint32_t m = 0; m < report->session->n_models; m++) {
		const struct model *model = report->session->models[m];

		for (uint32_t i = 0; i < model->n_deps; i++)
			if (model->deps[i].op == OP_ACQUIRE && model->deps[i].n_held)
				add_dep(drawing, report->names, model, &model->deps[i], shows_all, only_known);
	}
}

void drawing_lock_order(struct drawing *ret_drawing, const struct report *report, bool shows_all)
{
	drawing_init(ret_drawing, "lock order: held -> asked for");
	add_findings(ret_drawing, report, shows_all);
	add_deps(ret_drawing, report, shows_all, true);
	add_deps(ret_drawing, report, shows_all, false);
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

/* The end of a thread is drawn as the thread. */
static uint32_t want_node(struct drawing *drawing, struct names *names, const struct finding_lock *lock)
{
	if (lock->kind == OBJECT_THREAD)
		return node_of(drawing, names_thread(names, lock->model, (uint32_t)lock->address), true);
	return node_of(drawing, names_lock(names, lock), false);
}

static void add_wait(struct drawing *drawing, struct names *names, const struct finding_part *part, int severity)
{
	uint32_t thread = node_of(drawing, names_thread(names, part->model, part->thread), true);

	if (part->has_want)
		add_edge(drawing, thread, want_node(drawing, names, &part->want), "waits for", severity);
	for (uint32_t i = 0; i < part->n_holds; i++)
		add_edge(drawing, want_node(drawing, names, &part->holds[i].lock), thread, "held by",
			 (int)i == part->cycle_hold ? severity : SEVERITIES);
}

static void add_live(struct drawing *drawing, struct names *names, const struct model *model,
		     const struct live_thread *live)
{
	const struct wait *wait = &live->wait;
	uint32_t thread = node_of(drawing, names_thread(names, model, wait->thread), true);
	struct finding_lock want = {model, wait->object, live->want_address, wait->kind};

	if (live->is_waiting)
		add_edge(drawing, thread, want_node(drawing, names, &want), "waits for", SEVERITIES);
	for (uint32_t i = 0; i < wait->n_held; i++)
		if (wait->held[i].object)
			add_edge(drawing, node_of(drawing, object_name(names, model, wait->held[i].object), false),
				 thread, "held by", SEVERITIES);
}

void drawing_waits(struct drawing *ret_drawing, const struct report *report, bool shows_all)
{
	drawing_init(ret_drawing, "who waits for whom");
	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		for (uint32_t k = 0; k < finding->n_parts && finding->class == CLASS_OBSERVED; k++)
			if (finding->parts[k].has_want && has_room(ret_drawing, shows_all))
				add_wait(ret_drawing, report->names, &finding->parts[k], (int)finding->severity);
	}
	for (uint32_t m = 0; m < report->session->n_models; m++) {
		const struct model *model = report->session->models[m];

		for (uint32_t i = 0; i < model->n_live && has_room(ret_drawing, shows_all); i++)
			if (model->live[i].is_waiting || model->live[i].wait.n_held)
				add_live(ret_drawing, report->names, model, &model->live[i]);
	}
}
