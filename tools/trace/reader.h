/* SPDX-License-Identifier: MIT */
/* Inside the reader: how its files work together.  Nobody outside tools/trace includes this.
 *
 *   image.c    file -> private copy
 *   records.c  copy -> lists of records, one list for each type, every record whole
 *   reader.c   definitions (modules, stacks, threads, objects) -> the model's arrays
 *   sayings.c  what the program has said of its locks
 *   facts.c    dependencies, edges, deadlocks, events, gates; every reference followed and checked
 *   operations.c  full recording
 *   contention.c  what waiting has cost
 *   live.c     the live table
 */
#ifndef SNAG_READER_H
#define SNAG_READER_H

#include "image.h"
#include "model.h"
#include "pool.h"

/* Records of one type, in file order: those of one thread are in the order in which it wrote them. */
struct record_list {
	const struct record_header **at;
	uint32_t n, capacity;
};

struct reader {
	struct model *model;
	struct pool *pool;		/* the model's */
	struct image image;
	struct record_list lists[RECORD_TYPES];
};

void records_collect(struct reader *reader);
void records_free(struct reader *reader);

/* Bytes that a record has after its fixed part. */
uint64_t record_room(const struct record_header *record, size_t fixed_size);

/* Counts a record that makes no sense, and keeps the first such in model->damage. */
void reader_bad_record(struct reader *reader, const struct record_header *record, const char *why);

void sayings_read(struct reader *reader);
void facts_read(struct reader *reader);
void operations_read(struct reader *reader);
void contentions_read(struct reader *reader);
void live_read(struct reader *reader);

/* The highest thread index in the live table below `believable`, and a definition for threads known only from there. */
uint32_t live_highest_thread(const struct reader *reader, uint64_t believable);
void live_define_threads(struct reader *reader);

/* A reference that leads to a definition, or 0. */
static inline uint32_t stack_ref(const struct model *model, uint32_t id)
{
	return id < model->n_stacks ? id : 0;
}

static inline uint32_t thread_ref(const struct model *model, uint32_t index)
{
	return index < model->n_threads && model->threads[index].index ? index : 0;
}

static inline uint32_t object_ref(const struct model *model, uint32_t id)
{
	return id < model->n_objects && model->objects[id].id ? id : 0;
}

#endif
