/* SPDX-License-Identifier: MIT */
/* Reads full recording: each thread's operations, put together from the pieces that it wrote.
 *
 * A thread's operations are known up to the first one that is missing or makes no sense; what it did after that is left out.
 */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

/* A run of records of one thread, in one chunk. */
struct piece {
	const struct full_record *owner;
	const unsigned char *at, *end;	/* what follows it */
	bool is_cut;			/* and then something is missing */
};

struct pieces {
	struct piece *at;
	uint32_t n, capacity;
	uint64_t n_operations;		/* that they have at most */
};

/* What a short record of the thread refers to. */
struct entry {
	uint32_t object;		/* 0: nothing */
	uint32_t stack, sequence;
};

/* What the thread holds. */
struct hold {
	uint32_t object, sequence;
};

/* What is known of the thread whose operations are being put together. */
struct writer {
	struct entry *entries;
	uint32_t n_entries;		/* the first ones: there are few threads that use all */
	struct hold *holds;		/* oldest first */
	uint32_t n_holds, capacity;
};

static void add_piece(struct pieces *pieces, const struct full_record *owner)
{
	const unsigned char *at = (const unsigned char *)(owner + 1);

	if (pieces->n == pieces->capacity) {
		pieces->capacity = pieces->capacity ? pieces->capacity * 2 : 64;
		pieces->at = grow_array(pieces->at, pieces->capacity, sizeof(*pieces->at));
	}
	pieces->at[pieces->n++] = (struct piece){.owner = owner, .at = at, .end = at};
	pieces->n_operations++;
}

/* The bytes of whole records in a chunk, as far as their definitions are surely here. */
static uint32_t size_of_chunk(const struct reader *reader, uint32_t chunk)
{
	const struct chunk_header *header = image_chunk(&reader->image, chunk);
	uint32_t size = reader->image.fact_sizes[chunk];

	if (header->kind != CHUNK_FULL)
		return 0;
	return (size < header->committed ? size : header->committed) & ~3u;
}

/* Adds the record at `at` to the last piece, or a piece.  Returns its size, 0 when there is none: a place that was taken and not
 * filled, or what was cut. */
static uint32_t collect_record(struct reader *reader, struct pieces *pieces, const unsigned char *at, size_t room,
			       bool is_owned)
{
	const struct full_record *record = (const void *)at;
	uint32_t size = full_record_size(record->form);

	if (record->op == FULL_NONE || size > room)
		return 0;
	if (record->op == FULL_OWNER && record->form == FULL_WHOLE) {
		add_piece(pieces, record);
		return size;
	}
	if (!is_owned) {
		reader_bad_record(reader, (const void *)record, "operations of nobody");
		return 0;
	}
	pieces->at[pieces->n - 1].end += size;
	/* What is acquired is released but once, by whatever record. */
	pieces->n_operations += record->form == FULL_NESTED || record->op == FULL_ACQUIRE ? 2 : 1;
	return size;
}

static void collect_chunk(struct reader *reader, struct pieces *pieces, uint32_t chunk)
{
	const unsigned char *at = (const void *)(image_chunk(&reader->image, chunk) + 1);
	const unsigned char *end = at + size_of_chunk(reader, chunk);
	uint32_t size, n_before = pieces->n;

	for (; at < end; at += size) {
		size = collect_record(reader, pieces, at, (size_t)(end - at), pieces->n > n_before);
		if (!size && pieces->n > n_before)
			pieces->at[pieces->n - 1].is_cut = true;
		if (!size)
			return;
	}
}

static int compare_pieces(const void *a, const void *b)
{
	const struct full_record *x = ((const struct piece *)a)->owner, *y = ((const struct piece *)b)->owner;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->stack > y->stack) - (x->stack < y->stack);
}

static struct entry *entry_at(struct writer *writer, uint32_t number)
{
	uint32_t n = number >> FULL_ENTRY_BITS ? FULL_ENTRIES : 1 << FULL_ENTRY_BITS;

	if (number >= writer->n_entries) {
		writer->entries = grow_array(writer->entries, n, sizeof(*writer->entries));
		memset(writer->entries + writer->n_entries, 0, (n - writer->n_entries) * sizeof(*writer->entries));
		writer->n_entries = n;
	}
	return &writer->entries[number];
}

/* The newest hold of an object, or -1. */
static int64_t find_hold(const struct writer *writer, uint32_t object)
{
	for (uint32_t i = writer->n_holds; i-- > 0;)
		if (writer->holds[i].object == object)
			return i;
	return -1;
}

static void hold(struct writer *writer, struct hold what)
{
	if (writer->n_holds == writer->capacity) {
		writer->capacity = writer->capacity ? writer->capacity * 2 : 64;
		writer->holds = grow_array(writer->holds, writer->capacity, sizeof(*writer->holds));
	}
	writer->holds[writer->n_holds++] = what;
}

static void let_go(struct writer *writer, int64_t i)
{
	if (i < 0)
		return;
	writer->n_holds--;
	for (; i < writer->n_holds; i++)
		writer->holds[i] = writer->holds[i + 1];
}

/* op FULL_NONE: nothing is held. */
static struct full_record release_of_newest(const struct writer *writer)
{
	const struct hold *newest;

	if (!writer->n_holds)
		return (struct full_record){.op = FULL_NONE};
	newest = &writer->holds[writer->n_holds - 1];
	return (struct full_record){.op = FULL_RELEASE, .object = newest->object, .sequence = newest->sequence};
}

/* The whole of a record, whatever its form. */
static struct full_record expand(struct writer *writer, const struct full_record *from)
{
	struct entry *entry = entry_at(writer, full_entry_number(from));
	struct full_record whole = {.op = from->op, .mode = from->mode, .flags = from->flags};

	if (from->form == FULL_NESTED)
		whole = (struct full_record){.op = FULL_ACQUIRE, .mode = MODE_WRITE};
	else if (from->op == FULL_RELEASE_NEWEST)
		return release_of_newest(writer);
	if (from->form == FULL_WHOLE || from->form == FULL_FIRST) {
		whole.object = from->object;
		whole.stack = from->stack;
		whole.sequence = from->sequence;
	} else {
		whole.object = entry->object;
		whole.stack = entry->stack;
		whole.sequence = entry->sequence + from->steps;
	}
	if (from->form != FULL_WHOLE)
		*entry = (struct entry){whole.object, whole.stack, whole.sequence};
	return whole;
}

/* Follows what the thread holds. */
static void follow(struct writer *writer, const struct full_record *whole)
{
	if (whole->op == FULL_ACQUIRE)
		hold(writer, (struct hold){whole->object, whole->sequence});
	else if (whole->op == FULL_RELEASE)
		let_go(writer, find_hold(writer, whole->object));
}

static bool is_sound(const struct model *model, const struct full_record *record)
{
	switch (record->op) {
	case FULL_SEGMENT:
	case FULL_END:
	case FULL_TIME:
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

static void add_operation(struct model *model, const struct full_record *record)
{
	bool has_object = record->op != FULL_SEGMENT && record->op != FULL_END;

	model->operations[model->n_operations++] = (struct operation){
		.op = record->op,
		.mode = record->mode,
		.flags = record->flags,
		.object = has_object ? record->object : 0,
		.stack = has_object && record->op != FULL_RELEASE ? stack_ref(model, record->stack) : 0,
		.sequence = record->sequence,
	};
}

/* Copies a record, and what it says of releases.  false: it makes no sense, or they do not. */
static bool copy_record(struct model *model, const struct full_record *record, struct writer *writer)
{
	struct full_record whole = expand(writer, record);
	uint32_t n_released = record->form == FULL_NESTED ? record->op - 1 : 0;

	if (!is_sound(model, &whole))
		return false;
	follow(writer, &whole);
	if (whole.op != FULL_TIME)
		add_operation(model, &whole);
	for (; n_released && writer->n_holds; n_released--) {
		whole = release_of_newest(writer);
		writer->n_holds--;
		add_operation(model, &whole);
	}
	return !n_released;
}

/* Copies a piece.  false: not to its end. */
static bool copy_piece(struct reader *reader, const struct piece *piece, struct writer *writer)
{
	const struct full_record *record;

	for (const unsigned char *at = piece->at; at < piece->end; at += full_record_size(record->form)) {
		record = (const void *)at;
		if (!copy_record(reader->model, record, writer)) {
			reader_bad_record(reader, (const void *)record, "an operation of nothing known");
			return false;
		}
	}
	return !piece->is_cut;
}

/* Copies the pieces of one thread, whose number begins at 0. */
static void copy_thread(struct reader *reader, const struct piece *pieces, uint32_t n)
{
	struct writer writer = {0};

	if (!pieces[0].owner->stack)
		add_operation(reader->model,
			      &(struct full_record){.op = FULL_SEGMENT, .sequence = pieces[0].owner->sequence});
	for (uint32_t i = 0; i < n && pieces[i].owner->stack == i && copy_piece(reader, &pieces[i], &writer); i++)
		;
	free(writer.entries);
	free(writer.holds);
}

static void copy_threads(struct reader *reader, const struct pieces *pieces)
{
	struct model *model = reader->model;
	uint32_t next = 0, n;

	while (next < pieces->n && !pieces->at[next].owner->object)
		reader_bad_record(reader, (const void *)pieces->at[next++].owner, "operations of nobody");
	for (uint32_t t = 0; t < model->n_threads; t++) {
		model->first_operation[t] = model->n_operations;
		for (n = 0; next + n < pieces->n && pieces->at[next + n].owner->object == t; n++)
			;
		if (n && thread_ref(model, t))
			copy_thread(reader, &pieces->at[next], n);
		else if (n)
			reader_bad_record(reader, (const void *)pieces->at[next].owner, "operations of a thread that nobody knows");
		next += n;
	}
	model->first_operation[model->n_threads] = model->n_operations;
	if (next < pieces->n)
		reader_bad_record(reader, (const void *)pieces->at[next].owner, "operations of a thread that nobody knows");
}

void operations_read(struct reader *reader)
{
	struct model *model = reader->model;
	struct pieces pieces = {0};

	for (uint32_t i = 0; i < reader->image.n_chunks; i++)
		collect_chunk(reader, &pieces, i);
	model->first_operation = pool_new_array(reader->pool, uint32_t, (size_t)model->n_threads + 1);
	if (pieces.n && pieces.n_operations < UINT32_MAX) {
		qsort(pieces.at, pieces.n, sizeof(*pieces.at), compare_pieces);
		model->operations = pool_new_array(reader->pool, struct operation, pieces.n_operations);
		copy_threads(reader, &pieces);
	}
	free(pieces.at);
}
