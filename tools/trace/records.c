/* SPDX-License-Identifier: MIT */
/* Walks the chunks of a copied trace once and sorts its records by type.
 *
 * From here on a record is known to lie wholly inside its chunk and to have at least the fixed part of its type.
 */
#include "reader.h"

#include <stdlib.h>

static const uint16_t fixed_size[RECORD_TYPES] = {
	[RECORD_PROCESS] = sizeof(struct record_process),
	[RECORD_MODULE] = sizeof(struct record_module),
	[RECORD_MODULE_GONE] = sizeof(struct record_module_gone),
	[RECORD_STACK] = sizeof(struct record_stack),
	[RECORD_OBJECT] = sizeof(struct record_object),
	[RECORD_THREAD] = sizeof(struct record_thread),
	[RECORD_THREAD_NAME] = sizeof(struct record_thread_name),
	[RECORD_THREAD_END] = sizeof(struct record_thread_end),
	[RECORD_EDGE] = sizeof(struct record_edge),
	[RECORD_DEP] = sizeof(struct record_dep),
	[RECORD_STUCK] = sizeof(struct record_stuck),
	[RECORD_EVENT] = sizeof(struct record_event),
	[RECORD_OBJECT_END] = sizeof(struct record_object_end),
	[RECORD_FILE] = sizeof(struct record_file),
	[RECORD_FORK] = sizeof(struct record_fork),
	[RECORD_SIGNALS] = sizeof(struct record_signals),
	[RECORD_LOCK_NAME] = sizeof(struct record_lock_name),
	[RECORD_LOCK_ORDER] = sizeof(struct record_lock_order),
	[RECORD_STEER] = sizeof(struct record_steer),
};

static uint64_t offset_of(const struct reader *reader, const void *at)
{
	return (uint64_t)((const unsigned char *)at - reader->image.view.base);
}

void reader_bad_record(struct reader *reader, const struct record_header *record, const char *why)
{
	struct model *model = reader->model;

	model->bad_records++;
	if (!model->damage)
		model->damage = pool_printf(reader->pool, "offset %#llx: %s",
					    (unsigned long long)offset_of(reader, record), why);
}

uint64_t record_room(const struct record_header *record, size_t fixed)
{
	return record->units * 8u - fixed;
}

static void list_add(struct record_list *list, const struct record_header *record)
{
	if (list->n == list->capacity) {
		list->capacity = list->capacity ? list->capacity * 2 : 64;
		list->at = grow_array(list->at, list->capacity, sizeof(*list->at));
	}
	list->at[list->n++] = record;
}

/* Definitions are wanted whenever they were committed; facts only as far as their definitions are surely here. */
static bool is_definition(uint32_t type)
{
	return type <= RECORD_THREAD_END || (type >= RECORD_OBJECT_END && type <= RECORD_LOCK_ORDER);
}

static void collect_record(struct reader *reader, const struct record_header *record, bool is_late)
{
	if (record->type >= RECORD_TYPES || !fixed_size[record->type])
		return;		/* a type of later times */
	if (record->units * 8u < fixed_size[record->type])
		reader_bad_record(reader, record, "a record is shorter than its kind");
	else if (!is_late || is_definition(record->type))
		list_add(&reader->lists[record->type], record);
}

static void collect_chunk(struct reader *reader, uint32_t chunk)
{
	const struct chunk_header *header = image_chunk(&reader->image, chunk);
	const unsigned char *at = (const void *)(header + 1);
	const unsigned char *end = at + header->committed, *facts_end = at + reader->image.fact_sizes[chunk];

	while (at < end) {
		const struct record_header *record = (const void *)at;

		if ((size_t)(end - at) < sizeof(*record) || !record->units || record->units * 8u > (size_t)(end - at)) {
			reader_bad_record(reader, record, "a record does not end where its chunk does");
			return;
		}
		collect_record(reader, record, at >= facts_end);
		at += record->units * 8u;
	}
}

void records_collect(struct reader *reader)
{
	for (uint32_t i = 0; i < reader->image.n_chunks; i++)
		if (image_chunk(&reader->image, i)->kind == CHUNK_RECORDS)
			collect_chunk(reader, i);
}

void records_free(struct reader *reader)
{
	for (uint32_t type = 0; type < RECORD_TYPES; type++)
		free(reader->lists[type].at);
}
