/* SPDX-License-Identifier: MIT */
/* Reads what was seen of processes that hung (kept_write.c has the form): models as they come from looking at a process, each
 * joined with its trace. Every number is checked here, and a thread's want or hold that makes no sense is left out.
 */
#include "inspect.h"
#include "kept.h"
#include "recording.h"

#include "../trace/pool.h"

#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 1 << 20 }; /* threads, locks, ... of one process: no machine has more */

static uint64_t number_of(struct json_object *from, const char *key)
{
	return (uint64_t)json_object_get_int64(json_object_object_get(from, key));
}

/* 0 when it is not below the limit. */
static uint32_t index_of(struct json_object *from, const char *key, uint32_t limit)
{
	uint64_t number = number_of(from, key);

	return number < limit ? (uint32_t)number : 0;
}

static bool flag_of(struct json_object *from, const char *key)
{
	return json_object_get_boolean(json_object_object_get(from, key));
}

static char *text_of(struct pool *pool, struct json_object *from, const char *key)
{
	const char *text = json_object_get_string(json_object_object_get(from, key));

	return text ? pool_printf(pool, "%s", text) : NULL;
}

/* A list that is one, or NULL. */
static struct json_object *list_of(struct json_object *from, const char *key, uint32_t *ret_n)
{
	struct json_object *list = json_object_object_get(from, key);
	bool is_list = json_object_is_type(list, json_type_array) && json_object_array_length(list) < MOST;

	*ret_n = is_list ? (uint32_t)json_object_array_length(list) : 0;
	return is_list ? list : NULL;
}

/* ---- one process ------------------------------------------------------------------------------------------------ */

static void read_modules(struct model *model, struct json_object *from)
{
	struct json_object *list = list_of(from, "modules", &model->n_modules);

	model->modules = pool_new_array(model->memory, struct module, model->n_modules);
	for (uint32_t i = 0; i < model->n_modules; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);

		model->modules[i] = (struct module){.id = i + 1,
						    .gone_epoch = UINT32_MAX,
						    .path = text_of(model->memory, item, "path") ?: "",
						    .bias = number_of(item, "bias"),
						    .start = number_of(item, "start"),
						    .end = number_of(item, "end")};
	}
}

static const struct file_place *read_file(struct model *model, struct json_object *from)
{
	struct file_place *file;

	if (!json_object_is_type(from, json_type_object))
		return NULL;
	file = pool_alloc(model->memory, sizeof(*file));
	*file = (struct file_place){.device = number_of(from, "device"),
				    .inode = number_of(from, "inode"),
				    .offset = number_of(from, "offset"),
				    .size = number_of(from, "size"),
				    .path = text_of(model->memory, from, "path") ?: ""};
	return file;
}

static void read_locks(struct model *model, struct json_object *from)
{
	uint32_t n;
	struct json_object *list = list_of(from, "locks", &n);

	model->n_objects = n + 1;
	model->objects = pool_new_array(model->memory, struct object, model->n_objects);
	for (uint32_t i = 1; i <= n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i - 1);

		model->objects[i] = (struct object){.id = i,
						    .kind = index_of(item, "kind", OBJECT_KINDS),
						    .address = number_of(item, "address"),
						    .flags = (uint32_t)number_of(item, "flags"),
						    .file = read_file(model, json_object_object_get(item, "file"))};
	}
}

/* The thread that a join waits for is another one of the list. */
static void read_wait(struct model *model, struct live_thread *live, struct json_object *wants)
{
	struct wait *wait = &live->wait;

	wait->kind = index_of(wants, "kind", OBJECT_KINDS);
	wait->object = index_of(wants, "lock", model->n_objects);
	live->want_address = number_of(wants, "address");
	if (wait->kind == OBJECT_THREAD ? live->want_address - 1 >= model->n_live
					: !wait->object || model->objects[wait->object].kind != wait->kind)
		return;
	live->is_waiting = true;
	wait->mode = index_of(wants, "mode", MODES);
	wait->flags = (uint32_t)number_of(wants, "flags");
}

static void read_holds(struct model *model, struct live_thread *live, struct json_object *from)
{
	uint32_t n;
	struct json_object *list = list_of(from, "holds", &n);
	struct held *held = pool_new_array(model->memory, struct held, n);
	uint64_t *addresses = pool_new_array(model->memory, uint64_t, n);

	for (uint32_t i = 0; i < n; i++) {
		struct json_object *item = json_object_array_get_idx(list, i);
		struct held *one = &held[live->wait.n_held];

		one->object = index_of(item, "lock", model->n_objects);
		one->mode = index_of(item, "mode", MODES);
		if (one->object)
			addresses[live->wait.n_held++] = model->objects[one->object].address;
	}
	live->wait.held = held;
	live->held_addresses = addresses;
}

static void read_helpers(struct model *model, struct live_thread *live, struct json_object *from)
{
	struct json_object *list = list_of(from, "helpers", &live->n_helpers);
	uint32_t *helpers = pool_new_array(model->memory, uint32_t, live->n_helpers);

	for (uint32_t i = 0; i < live->n_helpers; i++)
		helpers[i] = (uint32_t)json_object_get_int64(json_object_array_get_idx(list, i));
	live->helpers = helpers;
}

static void read_thread(struct model *model, uint32_t i, struct json_object *from)
{
	struct thread *thread = &model->threads[i + 1];
	struct live_thread *live = &model->live[i];
	struct json_object *wants = json_object_object_get(from, "wants");

	*thread = (struct thread){.index = i + 1, .tid = (uint32_t)number_of(from, "tid")};
	snprintf(thread->name, sizeof(thread->name), "%s", text_of(model->memory, from, "name") ?: "");
	live->slot = i;
	live->wait.thread = i + 1;
	live->is_ended = flag_of(from, "has_ended");
	live->activity = index_of(from, "activity", ACTIVITY_WAITS + 1);
	live->doing = text_of(model->memory, from, "doing");
	live->remark = text_of(model->memory, from, "remark");
	live->far_owner = (uint32_t)number_of(from, "far_owner");
	read_helpers(model, live, from);
	read_holds(model, live, from);
	if (json_object_is_type(wants, json_type_object))
		read_wait(model, live, wants);
}

static void read_threads(struct model *model, struct json_object *from)
{
	struct json_object *list = list_of(from, "threads", &model->n_live);

	model->n_threads = model->n_live + 1;
	model->threads = pool_new_array(model->memory, struct thread, model->n_threads);
	model->live = pool_new_array(model->memory, struct live_thread, model->n_live);
	for (uint32_t i = 0; i < model->n_live; i++)
		read_thread(model, i, json_object_array_get_idx(list, i));
}

static void read_argv(struct model *model, struct json_object *from)
{
	struct json_object *list = list_of(from, "argv", &model->argc);

	model->argv = pool_new_array(model->memory, const char *, model->argc);
	for (uint32_t i = 0; i < model->argc; i++)
		model->argv[i] = pool_printf(model->memory, "%s",
					     json_object_get_string(json_object_array_get_idx(list, i)) ?: "");
}

static struct model *read_seen(struct json_object *from)
{
	struct pool *pool = pool_new();
	struct model *model = pool_alloc(pool, sizeof(*model));

	*model = (struct model){.memory = pool,
				.pid = (uint32_t)number_of(from, "pid"),
				.is_inspected = true,
				.has_handlers = flag_of(from, "has_handlers"),
				.seen_ns = number_of(from, "seen_ns"),
				.remark = text_of(pool, from, "remark"),
				.exe = text_of(pool, from, "exe") ?: ""};
	model->path = pool_printf(pool, "process %u", model->pid);
	model->stacks = pool_new_array(pool, struct stack, 1);
	model->n_stacks = 1;
	read_argv(model, from);
	read_modules(model, from);
	read_locks(model, from);
	read_threads(model, from);
	return model;
}

/* ---- all of them ------------------------------------------------------------------------------------------------ */

static struct model *find_trace(const struct session *session, const char *folder, const char *name)
{
	size_t n = strlen(folder);

	for (uint32_t i = 0; i < session->n_models; i++) {
		const char *path = session->models[i]->path;

		if (strncmp(path, folder, n) == 0 && path[n] == '/' && strcmp(path + n + 1, name) == 0)
			return session->models[i];
	}
	return NULL;
}

/* The model of the session that now says what was seen, or NULL. */
static struct model *bring_in(struct session *session, const char *folder, struct json_object *from)
{
	const char *name = json_object_get_string(json_object_object_get(from, "trace"));
	struct model *trace = name ? find_trace(session, folder, name) : NULL, *seen;

	if (flag_of(from, "has_ended")) {
		if (trace)
			inspect_end(trace);
		return NULL;
	}
	seen = read_seen(from);
	if (!trace) {
		session->models = grow_array(session->models, session->n_models + 1, sizeof(*session->models));
		session->models[session->n_models++] = seen;
		return seen;
	}
	recording_join(trace, seen, NULL);
	trace->seen_ns = seen->seen_ns;
	model_free(seen);
	return trace;
}

void kept_read(struct session *session, const char *folder)
{
	struct json_object *root, *list;
	struct model **models;
	uint32_t n = 0, n_listed;
	char *path;

	if (asprintf(&path, "%s/" KEPT_NAME, folder) < 0)
		return;
	root = json_object_from_file(path);
	free(path);
	list = list_of(root, "processes", &n_listed);
	models = zeroed_array(n_listed, sizeof(*models));
	for (uint32_t i = 0; i < n_listed; i++) {
		models[n] = bring_in(session, folder, json_object_array_get_idx(list, i));
		n += models[n] != NULL;
	}
	if (n) {
		inspect_connect(models, n);
		session_sort(session);
	}
	free(models);
	json_object_put(root);
}
