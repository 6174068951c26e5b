/* SPDX-License-Identifier: MIT */
/* Reads the live table: who held and wanted what when the file was copied.
 *
 * The table names locks by address; the object of that address that has not ended is meant.  A thread that is in the
 * table but has no record of its own (the record was lost) is known by its slot.
 */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

struct address_index {
	const struct object **at;	/* by address, then by kind and id */
	uint32_t n;
};

static int compare_objects(const void *a, const void *b)
{
	const struct object *x = *(const struct object *const *)a, *y = *(const struct object *const *)b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return (x->id > y->id) - (x->id < y->id);
}

static struct address_index index_objects(const struct model *model)
{
	struct address_index index = {.at = grow_array(NULL, model->n_objects, sizeof(*index.at))};

	for (uint32_t i = 1; i < model->n_objects; i++)
		if (model->objects[i].id && !model->objects[i].is_ended)
			index.at[index.n++] = &model->objects[i];
	qsort(index.at, index.n, sizeof(*index.at), compare_objects);
	return index;
}

/* The newest object of a kind at an address, or 0. */
static uint32_t find_object(const struct address_index *index, uint64_t address, enum object_kind kind)
{
	const struct object newest = {.address = address, .kind = kind, .id = UINT32_MAX}, *wanted = &newest, *found;
	uint32_t low = 0, high = index->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_objects(&index->at[middle], &wanted) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	found = low ? index->at[low - 1] : NULL;
	return found && found->address == address && found->kind == kind ? found->id : 0;
}

static const struct live_slot *used_slot(const struct image *image, uint32_t i)
{
	uint32_t chunk = image_header(image)->live_chunk[i / TRACE_SLOTS_PER_CHUNK];
	const struct live_slot *slot = live_slot_at(&image->view, i);

	if (!slot || chunk >= image->n_chunks || image_chunk(image, chunk)->kind != CHUNK_LIVE)
		return NULL;
	return slot->thread && (slot->state == SLOT_ALIVE || slot->state == SLOT_ENDED) ? slot : NULL;
}

uint32_t live_highest_thread(const struct reader *reader, uint64_t believable)
{
	uint32_t highest = 0, n_slots = live_n_slots(&reader->image.view);

	for (uint32_t i = 0; i < n_slots; i++) {
		const struct live_slot *slot = used_slot(&reader->image, i);

		if (slot && slot->thread > highest && slot->thread < believable)
			highest = slot->thread;
	}
	return highest;
}

void live_define_threads(struct reader *reader)
{
	struct model *model = reader->model;
	uint32_t n_slots = live_n_slots(&reader->image.view);

	for (uint32_t i = 0; i < n_slots; i++) {
		const struct live_slot *slot = used_slot(&reader->image, i);
		struct thread *thread = slot && slot->thread < model->n_threads ? &model->threads[slot->thread] : NULL;

		if (!thread || thread->index)
			continue;
		*thread = (struct thread){
			.index = slot->thread,
			.tid = slot->tid,
			.parent = slot->parent < model->n_threads ? slot->parent : 0,
			.create_stack = stack_ref(model, slot->create_stack),
			.start_routine = slot->start_routine,
			.pthread = slot->pthread,
		};
		memcpy(thread->name, slot->name, sizeof(thread->name) - 1);
	}
}

/* Fills the holds of a live thread; *budget is how many holds the whole file can have. */
static void read_holds(struct reader *reader, const struct address_index *index, const struct live_slot *slot,
		       struct live_thread *thread, uint64_t *budget)
{
	uint32_t n;
	const struct live_hold *from = live_holds_of(&reader->image.view, slot, &n);
	struct held *held;
	uint64_t *addresses;

	if (n > *budget)
		n = 0;
	*budget -= n;
	held = pool_new_array(reader->pool, struct held, n);
	addresses = pool_new_array(reader->pool, uint64_t, n);
	for (uint32_t i = 0; i < n; i++) {
		enum object_mode mode = from[i].mode & MODE_MASK;

		if (from[i].kind >= OBJECT_KINDS || mode >= MODES)
			continue;	/* caught half-written */
		addresses[thread->wait.n_held] = from[i].address;
		held[thread->wait.n_held++] = (struct held){
			.object = find_object(index, from[i].address, from[i].kind),
			.stack = stack_ref(reader->model, from[i].stack),
			.mode = mode,
			.flags = from[i].mode & MODE_INHERITED ? DEP_INHERITED : 0,
		};
	}
	thread->wait.held = held;
	thread->held_addresses = addresses;
}

static bool has_wait(const struct model *model, const struct live_slot *slot)
{
	if (slot->state != SLOT_ALIVE || !(slot->epoch & 1) || slot->want_kind >= OBJECT_KINDS ||
	    slot->want_mode >= MODES)
		return false;
	return slot->want_kind != OBJECT_THREAD || slot->want_address < model->n_threads;
}

static void read_wait(struct reader *reader, const struct address_index *index, const struct live_slot *slot,
		      struct live_thread *thread)
{
	struct wait *wait = &thread->wait;

	thread->is_waiting = true;
	thread->want_address = slot->want_address;
	thread->want_aux = slot->want_aux;
	wait->object = find_object(index, slot->want_address, slot->want_kind);
	wait->kind = slot->want_kind;
	wait->mode = slot->want_mode;
	wait->flags = slot->want_flags;
	wait->stack = stack_ref(reader->model, slot->want_stack);
	wait->since_ns = slot->want_since_ns;
}

void live_read(struct reader *reader)
{
	struct model *model = reader->model;
	uint32_t n_slots = live_n_slots(&reader->image.view);
	uint64_t budget = reader->image.view.size / sizeof(struct live_hold);
	struct address_index index = index_objects(model);

	model->live = pool_new_array(reader->pool, struct live_thread, n_slots);
	for (uint32_t i = 0; i < n_slots; i++) {
		const struct live_slot *slot = used_slot(&reader->image, i);
		struct live_thread *thread = &model->live[model->n_live];

		if (!slot || !thread_ref(model, slot->thread))
			continue;
		model->n_live++;
		thread->slot = i;
		thread->is_ended = slot->state == SLOT_ENDED;
		thread->is_loop = slot->flags & SLOT_LOOP;
		thread->wait.thread = slot->thread;
		read_holds(reader, &index, slot, thread, &budget);
		if (has_wait(model, slot))
			read_wait(reader, &index, slot, thread);
	}
	free(index.at);
}
