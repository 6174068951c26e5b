/* SPDX-License-Identifier: MIT */
/* Reads full recording: each thread's operations, put together from the pieces that it wrote.
 *
 * A thread's operations are known up to the first one that is missing or makes no sense; what it did after that is left out.
 */
#include "reader.h"

#include <stdlib.h>

/* A run of records of one thread, in one chunk. */
struct piece {
	const struct full_record *at;	/* the FULL_OWNER */
	uint32_t n;			/* records, without that */
};

struct pieces {
	struct piece *at;
	uint32_t n, capacity;
};

static void add_piece(struct pieces *pieces, const struct full_record *owner)
{
	if (pieces->n == pieces->capacity) {
		pieces->capacity = pieces->capacity ? pieces->capacity * 2 : 64;
		pieces->at = grow_array(pieces->at, pieces->capacity, sizeof(*pieces->at));
	}
	pieces->at[pieces->n++] = (struct piece){.at = owner};
}

static void bad_record(struct reader *reader, const struct full_record *record, const char *why)
{
	reader_bad_record(reader, (const struct record_header *)(const void *)record, why);
}

static uint32_t n_records(const struct reader *reader, uint32_t chunk)
{
	const struct chunk_header *header = image_chunk(&reader->image, chunk);
	uint32_t size = reader->image.fact_sizes[chunk];

	if (header->kind != CHUNK_FULL)
		return 0;
	return (size < header->committed ? size : header->committed) / (uint32_t)sizeof(struct full_record);
}

static void collect_chunk(struct reader *reader, struct pieces *pieces, uint32_t chunk)
{
	const struct full_record *at = (const void *)(image_chunk(&reader->image, chunk) + 1);
	uint32_t n = n_records(reader, chunk);
	bool is_owned = false;

	for (uint32_t i = 0; i < n; i++) {
		if (at[i].op == FULL_OWNER) {
			add_piece(pieces, &at[i]);
			is_owned = true;
		} else if (is_owned) {
			pieces->at[pieces->n - 1].n++;
		} else {
			bad_record(reader, &at[i], "operations of nobody");
			return;
		}
	}
}

static int compare_pieces(const void *a, const void *b)
{
	const struct full_record *x = ((const struct piece *)a)->at, *y = ((const struct piece *)b)->at;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

static bool is_sound(const struct model *model, const struct full_record *record)
{
	switch (record->op) {
	case FULL_SEGMENT:
	case FULL_END:
		return true;
	case FULL_ACQUIRE:
		return record->mode < MODE_TOKEN && object_ref(model, record->object);
	case FULL_RELEASE:
	case FULL_SIGNAL:
	case FULL_WOKEN:
		return object_ref(model, record->object);
	default:
		return false;
	}
}

static void add_operation(struct model *model, const struct full_record *record, enum full_op op)
{
	model->operations[model->n_operations++] = (struct operation){
		.op = (uint8_t)op,
		.mode = record->mode,
		.flags = record->flags,
		.object = op == FULL_SEGMENT || op == FULL_END ? 0 : record->object,
		.stack = op == FULL_SEGMENT || op == FULL_END ? 0 : stack_ref(model, record->stack),
		.sequence = record->sequence,
	};
}

/* Copies a piece.  false: not to its end. */
static bool copy_piece(struct reader *reader, const struct piece *piece)
{
	for (uint32_t i = 1; i <= piece->n; i++) {
		const struct full_record *record = &piece->at[i];

		if (record->op == FULL_NONE)
			return false;
		if (!is_sound(reader->model, record)) {
			bad_record(reader, record, "an operation of nothing known");
			return false;
		}
		add_operation(reader->model, record, record->op);
		if (record->op == FULL_ACQUIRE && record->flags & FULL_RELEASED)
			add_operation(reader->model, record, FULL_RELEASE);
	}
	return true;
}

/* Copies the pieces of one thread, whose number begins at 0. */
static void copy_thread(struct reader *reader, const struct piece *pieces, uint32_t n)
{
	for (uint32_t i = 0; i < n && pieces[i].at->stack == i; i++) {
		if (i == 0)
			add_operation(reader->model, pieces[0].at, FULL_SEGMENT);
		if (!copy_piece(reader, &pieces[i]))
			return;
	}
}

static void copy_threads(struct reader *reader, const struct pieces *pieces)
{
	struct model *model = reader->model;
	uint32_t next = 0, n;

	while (next < pieces->n && !pieces->at[next].at->object)
		bad_record(reader, pieces->at[next++].at, "operations of nobody");
	for (uint32_t t = 0; t < model->n_threads; t++) {
		model->first_operation[t] = model->n_operations;
		for (n = 0; next + n < pieces->n && pieces->at[next + n].at->object == t; n++)
			;
		if (n && thread_ref(model, t))
			copy_thread(reader, &pieces->at[next], n);
		else if (n)
			bad_record(reader, pieces->at[next].at, "operations of a thread that nobody knows");
		next += n;
	}
	model->first_operation[model->n_threads] = model->n_operations;
	if (next < pieces->n)
		bad_record(reader, pieces->at[next].at, "operations of a thread that nobody knows");
}

void operations_read(struct reader *reader)
{
	struct model *model = reader->model;
	struct pieces pieces = {0};
	uint64_t n = 0;

	for (uint32_t i = 0; i < reader->image.n_chunks; i++) {
		collect_chunk(reader, &pieces, i);
		n += 2 * (uint64_t)n_records(reader, i);
	}
	model->first_operation = pool_new_array(reader->pool, uint32_t, (size_t)model->n_threads + 1);
	if (pieces.n && n < UINT32_MAX) {
		qsort(pieces.at, pieces.n, sizeof(*pieces.at), compare_pieces);
		model->operations = pool_new_array(reader->pool, struct operation, n);
		copy_threads(reader, &pieces);
	}
	free(pieces.at);
}
