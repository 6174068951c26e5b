/* SPDX-License-Identifier: MIT */
/* Reads a trace file into a model and believes nothing: here the definitions, which everything else refers to.
 *
 * Ids are dense in a whole file, so arrays are as long as the highest id; a damaged id that would make an array absurdly
 * longer than what is defined in the file makes its record a bad one instead.
 */
#include "reader.h"

#include <stdlib.h>
#include <string.h>

typedef uint32_t record_id_fn(const struct record_header *record);

static uint32_t stack_id(const struct record_header *record)
{
	return ((const struct record_stack *)record)->id;
}

static uint32_t module_id(const struct record_header *record)
{
	return ((const struct record_module *)record)->id;
}

static uint32_t object_id(const struct record_header *record)
{
	return ((const struct record_object *)record)->id;
}

static uint32_t thread_index(const struct record_header *record)
{
	return record->thread;
}

/* Ids of this size and above are damage. */
static uint64_t id_limit(const struct record_list *list)
{
	return 65536 + 16 * (uint64_t)list->n;
}

static uint32_t highest_id(const struct record_list *list, record_id_fn *id_of)
{
	uint64_t limit = id_limit(list);
	uint32_t highest = 0;

	for (uint32_t i = 0; i < list->n; i++) {
		uint32_t id = id_of(list->at[i]);

		if (id > highest && id < limit)
			highest = id;
	}
	return highest;
}

/* Says whether a definition may take place `id` of an array; if not, it was counted as bad. */
static bool may_define(struct reader *reader, const struct record_header *record, uint32_t id, uint32_t length,
		       bool is_taken)
{
	if (id && id < length && !is_taken)
		return true;
	reader_bad_record(reader, record, id && id < length ? "an id is defined twice" : "an id is out of range");
	return false;
}

/* The exe's path and argv follow each other, each with its NUL. */
static void read_process(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_PROCESS];
	const struct record_process *process = list->n ? (const void *)list->at[0] : NULL;
	struct model *model = reader->model;
	const char *text, *end;

	model->exe = "";
	if (!process)
		return;
	text = (const char *)(process + 1);
	end = text + process->text_size;
	if (!process->text_size || process->text_size > record_room(&process->h, sizeof(*process)) || end[-1]) {
		reader_bad_record(reader, &process->h, "the command line has no end");
		return;
	}
	model->exe = text;
	model->argv = pool_new_array(reader->pool, const char *, process->text_size);
	for (text += strlen(text) + 1; text < end && model->argc < process->argc; text += strlen(text) + 1)
		model->argv[model->argc++] = text;
}

static void read_fork(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_FORK];
	const struct record_fork *fork = list->n ? (const void *)list->at[0] : NULL;

	if (fork)
		reader->model->fork = (struct fork){
			.parent_pid = fork->parent_pid,
			.parent_start_ns = fork->parent_start_ns,
			.parent_thread = fork->parent_thread,
			.parent_segment = fork->parent_segment,
		};
}

/* Modules by id, NULL where there is none. */
struct module_table {
	struct module **at;
	uint32_t length;
};

static void read_module(struct reader *reader, struct module_table *table, const struct record_module *record)
{
	uint64_t room = record_room(&record->h, sizeof(*record));
	const unsigned char *text = (const unsigned char *)(record + 1);
	struct module *module = &reader->model->modules[reader->model->n_modules];

	if (record->build_id_size > room || !record->path_size || record->path_size > room - record->build_id_size ||
	    text[record->build_id_size + record->path_size - 1]) {
		reader_bad_record(reader, &record->h, "a module has no name");
		return;
	}
	if (!may_define(reader, &record->h, record->id, table->length,
			record->id < table->length && table->at[record->id]))
		return;
	*module = (struct module){
		.id = record->id,
		.epoch = record->epoch,
		.gone_epoch = UINT32_MAX,
		.bias = record->bias,
		.start = record->start,
		.end = record->end,
		.build_id = text,
		.build_id_size = record->build_id_size,
		.path = (const char *)text + record->build_id_size,
	};
	table->at[record->id] = module;
	reader->model->n_modules++;
}

static void read_modules(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_MODULE], *gone = &reader->lists[RECORD_MODULE_GONE];
	struct module_table table = {.length = highest_id(list, module_id) + 1};

	table.at = zeroed_array(table.length, sizeof(*table.at));
	reader->model->modules = pool_new_array(reader->pool, struct module, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		read_module(reader, &table, (const void *)list->at[i]);
	for (uint32_t i = 0; i < gone->n; i++) {
		const struct record_module_gone *record = (const void *)gone->at[i];

		if (record->id < table.length && table.at[record->id])
			table.at[record->id]->gone_epoch = record->epoch;
	}
	free(table.at);
}

static void read_stack(struct reader *reader, const struct record_stack *record)
{
	struct model *model = reader->model;

	if (record->n > TRACE_MAX_FRAMES ||
	    record->n * sizeof(record->pc[0]) > record_room(&record->h, sizeof(*record))) {
		reader_bad_record(reader, &record->h, "a stack is longer than its record");
		return;
	}
	if (!may_define(reader, &record->h, record->id, model->n_stacks,
			record->id < model->n_stacks && model->stacks[record->id].n))
		return;
	model->stacks[record->id] = (struct stack){
		.pc = record->n ? record->pc : NULL,
		.n = record->n,
		.epoch = record->epoch,
		.is_cut = record->is_cut != 0,
	};
}

static void read_signals(struct reader *reader, const struct record_signals *record)
{
	struct stack *stack = reader->model->stacks + stack_ref(reader->model, record->stack);

	if (!stack->n)
		return;
	if (record->n_in_handler > stack->n || record->signal > 64) {
		reader_bad_record(reader, &record->h, "a signal handler that makes no sense");
		return;
	}
	stack->open_signals |= record->open_signals;
	if (!record->n_in_handler || !record->signal)
		return;
	stack->signal = record->signal;
	stack->is_own_signal = record->is_own_signal != 0;
	stack->n_in_handler = record->n_in_handler;
}

static void read_stacks(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_STACK], *signals = &reader->lists[RECORD_SIGNALS];

	reader->model->n_stacks = highest_id(list, stack_id) + 1;
	reader->model->stacks = pool_new_array(reader->pool, struct stack, reader->model->n_stacks);
	for (uint32_t i = 0; i < list->n; i++)
		read_stack(reader, (const void *)list->at[i]);
	for (uint32_t i = 0; i < signals->n; i++)
		read_signals(reader, (const void *)signals->at[i]);
}

static void read_thread(struct reader *reader, const struct record_thread *record)
{
	struct model *model = reader->model;
	uint32_t index = record->h.thread;

	if (!may_define(reader, &record->h, index, model->n_threads,
			index < model->n_threads && model->threads[index].index))
		return;
	model->threads[index] = (struct thread){
		.index = index,
		.tid = record->tid,
		.parent = record->parent < model->n_threads ? record->parent : 0,
		.parent_segment = record->parent_segment,
		.create_stack = stack_ref(model, record->create_stack),
		.start_routine = record->start_routine,
		.pthread = record->pthread,
	};
}

static void name_thread(struct reader *reader, const struct record_thread_name *record)
{
	struct thread *thread = &reader->model->threads[thread_ref(reader->model, record->h.thread)];

	if (!thread->index) {
		reader_bad_record(reader, &record->h, "a thread that nobody knows has a name");
		return;
	}
	memcpy(thread->name, record->name, sizeof(thread->name));
	thread->name[sizeof(thread->name) - 1] = '\0';
}

static void end_thread(struct reader *reader, const struct record_thread_end *record)
{
	struct thread *thread = &reader->model->threads[thread_ref(reader->model, record->h.thread)];

	if (!thread->index) {
		reader_bad_record(reader, &record->h, "a thread that nobody knows has ended");
		return;
	}
	thread->is_ended = true;
	thread->end_segment = record->segment;
	thread->end_holds = record->n_holds;
}

static void read_threads(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_THREAD], *names = &reader->lists[RECORD_THREAD_NAME];
	const struct record_list *ends = &reader->lists[RECORD_THREAD_END];
	uint32_t highest = highest_id(list, thread_index), highest_live = live_highest_thread(reader, id_limit(list));

	reader->model->n_threads = (highest > highest_live ? highest : highest_live) + 1;
	reader->model->threads = pool_new_array(reader->pool, struct thread, reader->model->n_threads);
	for (uint32_t i = 0; i < list->n; i++)
		read_thread(reader, (const void *)list->at[i]);
	live_define_threads(reader);
	for (uint32_t i = 0; i < names->n; i++)
		name_thread(reader, (const void *)names->at[i]);
	for (uint32_t i = 0; i < ends->n; i++)
		end_thread(reader, (const void *)ends->at[i]);
}

static void read_object(struct reader *reader, const struct record_object *record)
{
	struct model *model = reader->model;

	if (record->kind == OBJECT_NONE || record->kind >= OBJECT_KINDS ||
	    (record->kind == OBJECT_THREAD && record->address >= model->n_threads)) {
		reader_bad_record(reader, &record->h, "an object is of no known kind");
		return;
	}
	if (!may_define(reader, &record->h, record->id, model->n_objects,
			record->id < model->n_objects && model->objects[record->id].id))
		return;
	model->objects[record->id] = (struct object){
		.id = record->id,
		.kind = record->kind,
		.generation = record->generation,
		.address = record->address,
		.flags = record->flags,
		.create_stack = stack_ref(model, record->create_stack),
		.first_stack = stack_ref(model, record->first_stack),
		.ordinal = record->ordinal,
		.owner_thread = thread_ref(model, record->owner_thread),
	};
}

static void end_object(struct reader *reader, const struct record_object_end *record)
{
	struct object *object = &reader->model->objects[object_ref(reader->model, record->id)];

	if (!object->id) {
		reader_bad_record(reader, &record->h, "an object that nobody knows has ended");
		return;
	}
	object->is_ended = true;
	object->end_stack = stack_ref(reader->model, record->stack);
}

static void place_object(struct reader *reader, const struct record_file *record)
{
	struct object *object = &reader->model->objects[object_ref(reader->model, record->object)];
	const char *path = (const char *)(record + 1);
	struct file_place *place;

	if (!object->id || !record->path_size || record->path_size > record_room(&record->h, sizeof(*record)) ||
	    path[record->path_size - 1]) {
		reader_bad_record(reader, &record->h, "a file has no name, or nobody knows what is in it");
		return;
	}
	place = pool_alloc(reader->pool, sizeof(*place));
	*place = (struct file_place){
		.device = record->device,
		.inode = record->inode,
		.offset = record->offset,
		.size = record->size,
		.path = path,
	};
	object->file = place;
}

static void read_objects(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_OBJECT], *ends = &reader->lists[RECORD_OBJECT_END];
	const struct record_list *files = &reader->lists[RECORD_FILE];

	reader->model->n_objects = highest_id(list, object_id) + 1;
	reader->model->objects = pool_new_array(reader->pool, struct object, reader->model->n_objects);
	for (uint32_t i = 0; i < list->n; i++)
		read_object(reader, (const void *)list->at[i]);
	for (uint32_t i = 0; i < ends->n; i++)
		end_object(reader, (const void *)ends->at[i]);
	for (uint32_t i = 0; i < files->n; i++)
		place_object(reader, (const void *)files->at[i]);
}

static void read_header(struct reader *reader)
{
	const struct trace_header *header = image_header(&reader->image);
	struct model *model = reader->model;

	model->pid = header->pid;
	model->ppid = header->ppid;
	model->mode = header->mode == TRACE_FULL ? TRACE_FULL : TRACE_LIGHT;
	model->flags = header->flags;
	model->start_realtime_ns = header->start_realtime_ns;
	model->start_monotonic_ns = header->start_monotonic_ns;
	model->end_monotonic_ns = header->end_monotonic_ns;
	memcpy(model->lost, header->lost, sizeof(model->lost));
	memcpy(model->caps, header->caps, sizeof(model->caps));
	model->damage = reader->image.damage;
}

int model_read(const char *path, struct model **ret_model, char **ret_why)
{
	struct pool *pool = pool_new();
	struct model *model = pool_alloc(pool, sizeof(*model));
	struct reader reader = {.model = model, .pool = pool};

	if (image_read(path, pool, &reader.image, ret_why)) {
		pool_free(pool);
		return -1;
	}
	model->memory = pool;
	model->path = pool_printf(pool, "%s", path);
	read_header(&reader);
	records_collect(&reader);
	read_process(&reader);
	read_fork(&reader);
	read_modules(&reader);
	read_stacks(&reader);
	read_threads(&reader);
	read_objects(&reader);
	sayings_read(&reader);
	facts_read(&reader);
	operations_read(&reader);
	contentions_read(&reader);
	live_read(&reader);
	records_free(&reader);
	*ret_model = model;
	return 0;
}

void model_free(struct model *model)
{
	if (!model)
		return;
	model_free(model->seen);
	pool_free(model->memory);
}

static bool module_covers(const struct module *module, uint64_t pc, uint32_t epoch)
{
	return pc >= module->start && pc < module->end && epoch >= module->epoch && epoch < module->gone_epoch;
}

const struct module *model_module_at(const struct model *model, uint64_t pc, uint32_t epoch)
{
	for (uint32_t i = 0; i < model->n_modules; i++)
		if (module_covers(&model->modules[i], pc, epoch))
			return &model->modules[i];
	return NULL;
}
