/* SPDX-License-Identifier: MIT */
/* Writes what was seen of processes that hung:
 *
 *   {"processes": [{"pid": N, "trace": "4711.0.snag", "has_ended": false, "has_handlers": false, "seen_ns": N, "remark": "...",
 *     "exe": "...", "argv": ["..."],
 *     "modules": [{"path": "...", "bias": N, "start": N, "end": N}],
 *     "locks": [{"kind": N, "address": N, "flags": N, "file": {"device": N, "inode": N, "offset": N, "size": N, "path": "..."}}],
 *     "threads": [{"tid": N, "name": "...", "has_ended": false, "activity": N, "doing": "...", "remark": "...",
 *       "helpers": [PID], "far_owner": TID, "wants": {"address": N, "lock": N, "kind": N, "mode": N, "flags": N},
 *       "holds": [{"lock": N, "mode": N}]}]}]}
 *
 * What is unknown, false or 0 is left out. Numbers of 64 bits are signed; kinds, modes and flags are those of
 * trace_format.h; a lock is its number in the list, from 1. A process without a trace has modules; one that had ended has
 * nothing but its trace.
 */
#include "kept.h"

#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

static void add_number(struct json_object *to, const char *key, uint64_t number)
{
	if (number)
		json_object_object_add(to, key, json_object_new_int64((int64_t)number));
}

static void add_text(struct json_object *to, const char *key, const char *text)
{
	if (text && *text)
		json_object_object_add(to, key, json_object_new_string(text));
}

static void add_flag(struct json_object *to, const char *key, bool is_so)
{
	if (is_so)
		json_object_object_add(to, key, json_object_new_boolean(true));
}

static struct json_object *new_list(struct json_object *to, const char *key)
{
	struct json_object *list = json_object_new_array();

	json_object_object_add(to, key, list);
	return list;
}

static struct json_object *new_item(struct json_object *list)
{
	struct json_object *item = json_object_new_object();

	json_object_array_add(list, item);
	return item;
}

static void write_module(struct json_object *item, const struct module *module)
{
	add_text(item, "path", module->path);
	add_number(item, "bias", module->bias);
	add_number(item, "start", module->start);
	add_number(item, "end", module->end);
}

static void write_lock(struct json_object *item, const struct object *object)
{
	struct json_object *file;

	add_number(item, "kind", object->kind);
	add_number(item, "address", object->address);
	add_number(item, "flags", object->flags);
	if (!object->file)
		return;
	file = json_object_new_object();
	json_object_object_add(item, "file", file);
	add_number(file, "device", object->file->device);
	add_number(file, "inode", object->file->inode);
	add_number(file, "offset", object->file->offset);
	add_number(file, "size", object->file->size);
	add_text(file, "path", object->file->path);
}

static void write_wait(struct json_object *item, const struct live_thread *live)
{
	struct json_object *wants = json_object_new_object();

	json_object_object_add(item, "wants", wants);
	add_number(wants, "address", live->want_address);
	add_number(wants, "lock", live->wait.object);
	add_number(wants, "kind", live->wait.kind);
	add_number(wants, "mode", live->wait.mode);
	add_number(wants, "flags", live->wait.flags);
}

static void write_thread(struct json_object *item, const struct model *model, const struct live_thread *live)
{
	const struct thread *thread = &model->threads[live->wait.thread];
	struct json_object *helpers = new_list(item, "helpers"), *holds = new_list(item, "holds");

	add_number(item, "tid", thread->tid);
	add_text(item, "name", thread->name);
	add_flag(item, "has_ended", live->is_ended);
	add_number(item, "activity", live->activity);
	add_text(item, "doing", live->doing);
	add_text(item, "remark", live->remark);
	for (uint32_t i = 0; i < live->n_helpers; i++)
		json_object_array_add(helpers, json_object_new_int64(live->helpers[i]));
	add_number(item, "far_owner", live->far_owner);
	if (live->is_waiting)
		write_wait(item, live);
	for (uint32_t i = 0; i < live->wait.n_held; i++) {
		struct json_object *hold = new_item(holds);

		add_number(hold, "lock", live->wait.held[i].object);
		add_number(hold, "mode", live->wait.held[i].mode);
	}
}

static void write_seen(struct json_object *item, const struct model *model)
{
	struct json_object *locks = new_list(item, "locks"), *threads = new_list(item, "threads"), *argv = new_list(item, "argv");

	add_flag(item, "has_handlers", model->has_handlers);
	add_text(item, "remark", model->remark);
	add_text(item, "exe", model->exe);
	for (uint32_t i = 0; i < model->argc; i++)
		json_object_array_add(argv, json_object_new_string(model->argv[i]));
	for (uint32_t i = 1; i < model->n_objects; i++)
		write_lock(new_item(locks), &model->objects[i]);
	for (uint32_t i = 0; i < model->n_live; i++)
		write_thread(new_item(threads), model, &model->live[i]);
}

static bool has_ended(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (!model->live[i].is_ended)
			return false;
	return true;
}

static void write_process(struct json_object *item, const struct model *model)
{
	const char *slash = model->path[0] == '/' ? strrchr(model->path, '/') : NULL;
	struct json_object *modules;

	add_number(item, "pid", model->pid);
	add_number(item, "seen_ns", model->seen_ns);
	add_text(item, "trace", slash ? slash + 1 : NULL);
	if (slash && !model->seen) {
		add_flag(item, "has_ended", has_ended(model));
		return;
	}
	write_seen(item, model->seen ?: model);
	if (slash)
		return;
	modules = new_list(item, "modules");
	for (uint32_t i = 0; i < model->n_modules; i++)
		write_module(new_item(modules), &model->modules[i]);
}

int kept_write(const char *folder, struct model *const models[], uint32_t n)
{
	struct json_object *root = json_object_new_object(), *list = new_list(root, "processes");
	char *path;
	int r = -1;

	for (uint32_t i = 0; i < n; i++)
		write_process(new_item(list), models[i]);
	if (asprintf(&path, "%s/" KEPT_NAME, folder) >= 0) {
		r = json_object_to_file(path, root);
		free(path);
	}
	json_object_put(root);
	return r;
}
