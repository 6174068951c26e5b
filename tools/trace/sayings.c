/* SPDX-License-Identifier: MIT */
/* Reads what the program has said of its locks: their names, and the orders in which they are to be taken.
 *
 * It speaks of addresses, and perhaps of locks that came to nothing: what no object has is passed over.
 */
#include "reader.h"

#include <stdlib.h>

/* The objects, by address and generation. */
struct by_address {
	const struct object **at;
	uint32_t n;
};

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a, *y = *(const struct object *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->generation > y->generation) - (x->generation < y->generation);
}

static void by_address_init(struct by_address *objects, const struct model *model)
{
	*objects = (struct by_address){.at = zeroed_array(model->n_objects, sizeof(*objects->at))};
	for (uint32_t i = 1; i < model->n_objects; i++)
		if (model->objects[i].id && model->objects[i].kind != OBJECT_THREAD)
			objects->at[objects->n++] = &model->objects[i];
	if (objects->n)
		qsort(objects->at, objects->n, sizeof(*objects->at), compare_objects);
}

static uint32_t object_at(const struct by_address *objects, uint64_t address, uint32_t generation)
{
	const struct object wanted = {.address = address, .generation = generation}, *key = &wanted, **found = NULL;

	if (objects->n)
		found = bsearch(&key, objects->at, objects->n, sizeof(*objects->at), compare_objects);
	return found ? (*found)->id : 0;
}

static void read_name(struct reader *reader, const struct by_address *objects, const struct record_lock_name *record)
{
	const char *name = (const char *)(record + 1);
	uint32_t object;

	if (!record->name_size || record->name_size > record_room(&record->h, sizeof(*record)) ||
	    name[record->name_size - 1]) {
		reader_bad_record(reader, &record->h, "the name of a lock has no end");
		return;
	}
	object = object_at(objects, record->address, record->generation);
	if (object && *name)
		reader->model->objects[object].name = name;
}

static void read_order(struct reader *reader, const struct by_address *objects, const struct record_lock_order *record)
{
	struct model *model = reader->model;
	struct declared_order order = {
		.thread = thread_ref(model, record->h.thread),
		.first = object_at(objects, record->first, record->first_generation),
		.second = object_at(objects, record->second, record->second_generation),
		.stack = stack_ref(model, record->stack),
	};

	if (order.first && order.second && order.first != order.second)
		model->declared_orders[model->n_declared_orders++] = order;
}

void sayings_read(struct reader *reader)
{
	const struct record_list *names = &reader->lists[RECORD_LOCK_NAME], *orders = &reader->lists[RECORD_LOCK_ORDER];
	struct by_address objects;

	if (!names->n && !orders->n)
		return;
	by_address_init(&objects, reader->model);
	for (uint32_t i = 0; i < names->n; i++)
		read_name(reader, &objects, (const void *)names->at[i]);
	reader->model->declared_orders = pool_new_array(reader->pool, struct declared_order, orders->n);
	for (uint32_t i = 0; i < orders->n; i++)
		read_order(reader, &objects, (const void *)orders->at[i]);
	free(objects.at);
}
