/* SPDX-License-Identifier: MIT */
/* Segments and the edges between them, told in operations: before a segment of one thread begins, another thread is past
 * the end of a segment of its own.  That end is where its next segment begins, or its own end.
 */
#include "history_needs.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

struct needs_builder {
	struct history *history;
	uint32_t *segments;		/* operations that are FULL_SEGMENT, ascending */
	uint32_t *first_segment;	/* by thread, n_threads + 1 */
	uint32_t need_capacity, n_ends, end_capacity;
};

static void find_segments(struct needs_builder *builder)
{
	const struct model *model = builder->history->model;
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_operations; i++)
		n += model->operations[i].op == FULL_SEGMENT;
	builder->segments = zeroed_array(n + 1, sizeof(*builder->segments));
	builder->first_segment = zeroed_array((size_t)model->n_threads + 1, sizeof(*builder->first_segment));
	n = 0;
	for (uint32_t t = 0; t < model->n_threads; t++) {
		builder->first_segment[t] = n;
		for (uint32_t i = model->first_operation[t]; i < model->first_operation[t + 1]; i++)
			if (model->operations[i].op == FULL_SEGMENT)
				builder->segments[n++] = i;
	}
	builder->first_segment[model->n_threads] = n;
}

/* The first operation with which a thread begins this segment or a later one; NO_OPERATION. */
static uint32_t find_segment(const struct needs_builder *builder, uint32_t thread, uint64_t segment)
{
	const struct model *model = builder->history->model;
	uint32_t low = builder->first_segment[thread], high = builder->first_segment[thread + 1], end = high;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (model->operations[builder->segments[middle]].sequence < segment)
			low = middle + 1;
		else
			high = middle;
	}
	return low < end ? builder->segments[low] : NO_OPERATION;
}

/* Where the segment ends. */
static uint32_t end_of(const struct needs_builder *builder, uint32_t thread, uint32_t segment)
{
	const struct model *model = builder->history->model;
	uint32_t next = find_segment(builder, thread, (uint64_t)segment + 1), end = model->first_operation[thread + 1];

	if (next != NO_OPERATION || model->operations[end - 1].op != FULL_END)
		return next;
	return end;
}

static bool has_operations(const struct model *model, uint32_t thread)
{
	return model->first_operation[thread] < model->first_operation[thread + 1];
}

/* Returns how many there are of this thread: one, or none when it has done nothing that was recorded. */
static uint32_t add_end(struct needs_builder *builder, uint32_t thread, uint32_t segment)
{
	struct history *history = builder->history;

	if (!has_operations(history->model, thread))
		return 0;
	if (builder->n_ends == builder->end_capacity) {
		builder->end_capacity = builder->end_capacity ? builder->end_capacity * 2 : 64;
		history->ends = grow_array(history->ends, builder->end_capacity, sizeof(*history->ends));
	}
	history->ends[builder->n_ends++] = end_of(builder, thread, segment);
	return 1;
}

static void add_need(struct needs_builder *builder, uint32_t thread, uint32_t segment, uint32_t first_end, uint32_t n_ends)
{
	struct history *history = builder->history;
	uint32_t operation = find_segment(builder, thread, segment);

	if (operation == NO_OPERATION || !n_ends)
		return;
	if (history->n_needs == builder->need_capacity) {
		builder->need_capacity = builder->need_capacity ? builder->need_capacity * 2 : 64;
		history->needs = grow_array(history->needs, builder->need_capacity, sizeof(*history->needs));
	}
	history->needs[history->n_needs++] = (struct history_need){operation, first_end, n_ends};
}

/* A segment of one thread needs one of another. */
static void add_edge(struct needs_builder *builder, uint32_t from, uint32_t from_segment, uint32_t to, uint32_t to_segment)
{
	uint32_t first = builder->n_ends, n = add_end(builder, from, from_segment);

	add_need(builder, to, to_segment, first, n);
}

static int compare_rounds(const void *a, const void *b)
{
	const struct edge *x = *(const struct edge *const *)a, *y = *(const struct edge *const *)b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->round > y->round) - (x->round < y->round);
}

/* All parties of one round need each other. */
static void add_round(struct needs_builder *builder, const struct edge *const *parties, uint32_t n)
{
	uint32_t first = builder->n_ends, n_ends = 0;

	for (uint32_t i = 0; i < n; i++)
		n_ends += add_end(builder, parties[i]->from_thread, parties[i]->from_segment);
	for (uint32_t i = 0; i < n; i++)
		add_need(builder, parties[i]->to_thread, parties[i]->to_segment, first, n_ends);
}

static void add_rounds(struct needs_builder *builder)
{
	const struct model *model = builder->history->model;
	const struct edge **parties = zeroed_array((size_t)model->n_edges + 1, sizeof(*parties));
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_edges; i++)
		if (model->edges[i].kind == EDGE_BARRIER)
			parties[n++] = &model->edges[i];
	if (n)
		qsort(parties, n, sizeof(*parties), compare_rounds);
	for (uint32_t i = 0, k; i < n; i += k) {
		for (k = 1; i + k < n && !compare_rounds(&parties[i], &parties[i + k]); k++)
			;
		add_round(builder, parties + i, k);
	}
	free(parties);
}

static int compare_needs(const void *a, const void *b)
{
	const struct history_need *x = a, *y = b;

	return (x->operation > y->operation) - (x->operation < y->operation);
}

void history_find_needs(struct history *history)
{
	const struct model *model = history->model;
	struct needs_builder builder = {.history = history};

	find_segments(&builder);
	for (uint32_t t = 1; t < model->n_threads; t++) {
		const struct thread *thread = &model->threads[t];

		if (thread->index && thread->parent)
			add_edge(&builder, thread->parent, thread->parent_segment, t, 0);
	}
	/* Parties of a barrier: here each one with itself, which is so anyway. */
	for (uint32_t i = 0; i < model->n_edges; i++) {
		const struct edge *edge = &model->edges[i];

		add_edge(&builder, edge->from_thread, edge->from_segment, edge->to_thread, edge->to_segment);
	}
	add_rounds(&builder);
	if (history->n_needs)
		qsort(history->needs, history->n_needs, sizeof(*history->needs), compare_needs);
	free(builder.segments);
	free(builder.first_segment);
}
