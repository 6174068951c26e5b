/* SPDX-License-Identifier: MIT */
/* Reads what waiting for locks has cost: counts to which a running program may be adding. */
#include "reader.h"

#include <stdlib.h>

static uint32_t n_cells(const struct reader *reader, uint32_t chunk)
{
	const struct chunk_header *header = image_chunk(&reader->image, chunk);
	uint32_t size = reader->image.fact_sizes[chunk];

	if (header->kind != CHUNK_CONTENTION)
		return 0;
	return (size < header->committed ? size : header->committed) / (uint32_t)sizeof(struct trace_contention);
}

/* A count may be caught between two others: the longest is never longer than all together. */
static uint64_t least(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

static void read_cell(struct reader *reader, const struct trace_contention *cell)
{
	struct model *model = reader->model;

	if (!cell->n)
		return;		/* the first wait is not over */
	if (cell->mode >= MODE_TOKEN || (cell->object && !object_ref(model, cell->object))) {
		reader_bad_record(reader, (const void *)cell, "a wait for nothing known");
		return;
	}
	model->contentions[model->n_contentions++] = (struct contention){
		.object = cell->object,
		.mode = cell->mode,
		.stack = stack_ref(model, cell->stack),
		.owner_stack = stack_ref(model, cell->owner_stack),
		.n = cell->n,
		.total_ns = cell->total_ns,
		.longest_ns = least(cell->longest_ns, cell->total_ns),
		.longest_thread = thread_ref(model, cell->longest_thread),
		.longest_owner = thread_ref(model, cell->longest_owner),
		.n_holds = cell->n_holds,
		.held_ns = cell->held_ns,
		.longest_held_ns = least(cell->longest_held_ns, cell->held_ns),
	};
}

static int compare_contentions(const void *a, const void *b)
{
	const struct contention *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->stack != y->stack)
		return x->stack < y->stack ? -1 : 1;
	return (x->owner_stack > y->owner_stack) - (x->owner_stack < y->owner_stack);
}

void contentions_read(struct reader *reader)
{
	struct model *model = reader->model;
	uint32_t n = 0;

	for (uint32_t i = 0; i < reader->image.n_chunks; i++)
		n += n_cells(reader, i);
	model->contentions = pool_new_array(reader->pool, struct contention, n);
	for (uint32_t i = 0; i < reader->image.n_chunks; i++) {
		const struct trace_contention *cells = (const void *)(image_chunk(&reader->image, i) + 1);

		for (uint32_t k = 0; k < n_cells(reader, i); k++)
			read_cell(reader, &cells[k]);
	}
	if (model->n_contentions)
		qsort(model->contentions, model->n_contentions, sizeof(*model->contentions), compare_contentions);
}
