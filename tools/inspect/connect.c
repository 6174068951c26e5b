/* SPDX-License-Identifier: MIT */
/* Brings the models of several processes together.
 *
 * A lock that processes share, or one on a file, names its owner, and the owner's model need not know of it: without
 * the shim nothing says what a thread holds. So the waiter's model tells it.
 */
#include "inspect.h"
#include "proc.h"

#include <stdlib.h>
#include <string.h>

/* ---- holds ------------------------------------------------------------------------------------------------------ */

static bool is_same(const struct object *a, const struct object *b)
{
	if (!a->file || !b->file || a->kind != b->kind || a->file->device != b->file->device ||
	    a->file->inode != b->file->inode)
		return false;
	return a->kind == OBJECT_FILE_LOCK ? a->address == b->address : a->file->offset == b->file->offset;
}

static bool holds(const struct model *model, const struct live_thread *live, const struct object *object)
{
	for (uint32_t i = 0; i < live->wait.n_held; i++)
		if (is_same(&model->objects[live->wait.held[i].object], object))
			return true;
	return false;
}

/* The model's number of the lock, which it may not have heard of. */
static uint32_t learn_object(struct model *model, const struct object *object)
{
	struct file_place *file;
	struct object *longer;

	for (uint32_t i = 1; i < model->n_objects; i++)
		if (model->objects[i].id && !model->objects[i].is_ended && is_same(&model->objects[i], object))
			return i;
	longer = pool_new_array(model->memory, struct object, model->n_objects + 1);
	memcpy(longer, model->objects, model->n_objects * sizeof(*longer));
	file = pool_alloc(model->memory, sizeof(*file));
	*file = *object->file;
	file->path = pool_printf(model->memory, "%s", file->path);
	longer[model->n_objects] = (struct object){.id = model->n_objects,
						   .kind = object->kind,
						   .address = object->address,
						   .flags = object->flags,
						   .file = file};
	model->objects = longer;
	return model->n_objects++;
}

static void learn_hold(struct model *model, struct live_thread *live, const struct object *object)
{
	uint32_t n = live->wait.n_held, number = learn_object(model, object);
	struct held *held = pool_new_array(model->memory, struct held, n + 1);
	uint64_t *addresses = pool_new_array(model->memory, uint64_t, n + 1);

	if (n) {
		memcpy(held, live->wait.held, n * sizeof(*held));
		memcpy(addresses, live->held_addresses, n * sizeof(*addresses));
	}
	held[n] = (struct held){.object = number, .mode = MODE_WRITE};
	addresses[n] = model->objects[number].address;
	live->wait.held = held;
	live->held_addresses = addresses;
	live->wait.n_held++;
}

static struct live_thread *find_thread(struct model *model, uint32_t tid)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (!model->live[i].is_ended && model->threads[model->live[i].wait.thread].tid == tid)
			return &model->live[i];
	return NULL;
}

static uint32_t count_alive(const struct model *model)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		n += !model->live[i].is_ended;
	return n;
}

/* Which thread of a process has a lock on a file is only known when it has no other. */
static void tell_owner(struct model *model, const struct live_thread *waiter, const struct object *object)
{
	struct live_thread *owner = find_thread(model, waiter->far_owner);

	if (owner && !holds(model, owner, object) && (object->kind != OBJECT_FILE_LOCK || count_alive(model) == 1))
		learn_hold(model, owner, object);
}

void inspect_connect(struct model *const models[], size_t n)
{
	for (size_t m = 0; m < n; m++)
		for (uint32_t i = 0; i < models[m]->n_live; i++) {
			const struct live_thread *waiter = &models[m]->live[i];
			const struct object *object = &models[m]->objects[waiter->wait.object];

			for (size_t k = 0; k < n && waiter->is_waiting && waiter->far_owner && object->file; k++)
				if (k != m)
					tell_owner(models[k], waiter, object);
		}
}

/* ---- trees ------------------------------------------------------------------------------------------------------ */

static void add_tree(uint32_t pid, pid_t **pids, size_t *n)
{
	uint32_t n_children, *children = proc_children(pid, &n_children);

	*pids = grow_array(*pids, *n + 1, sizeof(**pids));
	(*pids)[(*n)++] = (pid_t)pid;
	for (uint32_t i = 0; i < n_children; i++)
		add_tree(children[i], pids, n);
	free(children);
}

pid_t *inspect_tree(pid_t pid, size_t *ret_n)
{
	pid_t *pids = NULL;

	*ret_n = 0;
	add_tree((uint32_t)pid, &pids, ret_n);
	return pids;
}
