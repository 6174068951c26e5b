/* SPDX-License-Identifier: MIT */
/* Names of processes, threads and stacks. */
#include "names_impl.h"

#include <assert.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

static struct symbols *symbols_of(const struct model *model)
{
	struct symbols *symbols = symbols_new(NULL);

	for (uint32_t i = 0; i < model->n_modules; i++) {
		const struct module *module = &model->modules[i];

		symbols_add_module(symbols, module->path, module->bias, module->start, module->end, module->epoch,
				   module->gone_epoch, module->build_id, module->build_id_size);
	}
	return symbols;
}

static void model_names_init(struct model_names *of, struct pool *pool, const struct model *model)
{
	of->model = model;
	of->stacks = pool_new_array(pool, struct backtrace *, model->n_stacks);
	of->threads = pool_new_array(pool, const char *, model->n_threads);
	of->threads_with_origin = pool_new_array(pool, const char *, model->n_threads);
	of->locks = pool_new_array(pool, struct lock_name *, model->n_objects);
	of->bases = pool_new_array(pool, struct lock_base *, model->n_stacks);
}

struct names *names_new(const struct session *session)
{
	struct pool *pool = pool_new();
	struct names *names = pool_alloc(pool, sizeof(*names));

	names->session = session;
	names->pool = pool;
	names->models = pool_new_array(pool, struct model_names, session->n_models);
	return names;
}

static void forget(void *node)
{
	(void)node; /* the pool owns it */
}

void names_free(struct names *names)
{
	if (!names)
		return;
	for (uint32_t i = 0; i < names->session->n_models; i++)
		if (names->models[i].symbols)
			symbols_free(names->models[i].symbols);
	tdestroy(names->globals, forget);
	tdestroy(names->words, forget);
	tdestroy(names->births, forget);
	tdestroy(names->futexes, forget);
	pool_free(names->pool);
}

struct pool *names_pool(struct names *names)
{
	return names->pool;
}

struct model_names *names_of(struct names *names, const struct model *model)
{
	uint32_t i = 0;

	while (i < names->session->n_models && names->session->models[i] != model)
		i++;
	assert(i < names->session->n_models);
	if (!names->models[i].symbols) {
		model_names_init(&names->models[i], names->pool, model);
		names->models[i].symbols = symbols_of(model);
	}
	return &names->models[i];
}

const struct backtrace *names_stack(struct names *names, const struct model *model, uint32_t stack)
{
	struct model_names *of = names_of(names, model);

	assert(stack < model->n_stacks);
	if (!of->stacks[stack])
		of->stacks[stack] = backtrace_new(names->pool, of->symbols, model, stack);
	return of->stacks[stack];
}

const char *names_where(struct names *names, const struct model *model, uint32_t stack)
{
	const struct frame *site = backtrace_site(names_stack(names, model, stack));

	return site ? frame_where(names->pool, site) : "at an unknown place";
}

const char *names_code(struct names *names, const struct model *model, uint32_t stack)
{
	const struct frame *site = backtrace_site(names_stack(names, model, stack));

	return site ? frame_code(names->pool, site) : "?";
}

static bool is_main(const struct model *model, const struct thread *thread)
{
	return thread->tid == model->pid;
}

/* A new thread inherits its creator's name, and the first one has the program's: such a name says nothing. */
static bool has_own_name(const struct model *model, const struct thread *thread)
{
	const char *program = base_name(model->exe);
	const struct thread *first = model->n_threads > 1 && is_main(model, &model->threads[1]) ? &model->threads[1] : NULL;

	return thread->name[0] && strncmp(thread->name, program, TRACE_NAME_SIZE - 1) != 0 &&
	       (!first || strcmp(thread->name, first->name) != 0);
}

static const char *process_suffix(struct names *names, const struct model *model)
{
	if (names->session->n_models < 2)
		return "";
	return pool_printf(names->pool, " of %s[%" PRIu32 "]", base_name(model->exe), model->pid);
}

static const char *make_thread_name(struct names *names, const struct model *model, const struct thread *thread)
{
	const char *suffix = process_suffix(names, model);

	if (is_main(model, thread))
		return pool_printf(names->pool, "the main thread%s", suffix);
	if (has_own_name(model, thread))
		return pool_printf(names->pool, "thread %" PRIu32 " \"%.*s\"%s", thread->index, TRACE_NAME_SIZE,
				   thread->name, suffix);
	return pool_printf(names->pool, "thread %" PRIu32 "%s", thread->index, suffix);
}

static const struct thread *thread_at(const struct model *model, uint32_t index)
{
	return index < model->n_threads && model->threads[index].index ? &model->threads[index] : NULL;
}

const char *names_thread(struct names *names, const struct model *model, uint32_t index)
{
	const struct thread *thread = thread_at(model, index);
	struct model_names *of = names_of(names, model);

	if (!thread)
		return "a thread";
	if (!of->threads[index])
		of->threads[index] = make_thread_name(names, model, thread);
	return of->threads[index];
}

/* A stack that the thread was seen with; 0 when there is none. */
static uint32_t any_stack_of(const struct model *model, uint32_t thread)
{
	for (uint32_t i = 0; i < model->n_deadlocks; i++)
		for (uint32_t k = 0; k < model->deadlocks[i].n; k++)
			if (model->deadlocks[i].parts[k].thread == thread && model->deadlocks[i].parts[k].stack)
				return model->deadlocks[i].parts[k].stack;
	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].wait.thread == thread && model->live[i].wait.stack)
			return model->live[i].wait.stack;
	for (uint32_t i = 0; i < model->n_deps; i++)
		if (model->deps[i].thread == thread && model->deps[i].stack)
			return model->deps[i].stack;
	return 0;
}

/* The function itself, or what it was inlined into: the outermost frame at its address. */
static const struct frame *start_frame(struct names *names, const struct model *model, const struct thread *thread)
{
	uint32_t epoch = model->stacks[thread->create_stack].epoch;
	const struct frame *frames;
	size_t n;

	frames = symbols_frames(names_of(names, model)->symbols, thread->start_routine, epoch, false, &n);
	return &frames[n - 1];
}

const char *names_start(struct names *names, const struct model *model, uint32_t index)
{
	const struct thread *thread = thread_at(model, index);
	const struct frame *start, *entry;

	if (!thread || !thread->start_routine)
		return NULL;
	start = start_frame(names, model, thread);
	if (!frame_is_runtime(start))
		return start->function;
	/* std::thread and its like start with a function of the library: the user's is further up in any stack. */
	entry = backtrace_entry(names_stack(names, model, any_stack_of(model, index)));
	return entry && entry->function ? entry->function : start->function;
}

static const char *tell_start(struct names *names, const struct model *model, uint32_t index)
{
	const char *function = names_start(names, model, index);

	if (function || !model->threads[index].start_routine)
		return function;
	return frame_where(names->pool, start_frame(names, model, &model->threads[index]));
}

static const char *make_name_with_origin(struct names *names, const struct model *model, uint32_t index)
{
	const char *name = names_thread(names, model, index), *start = tell_start(names, model, index);
	uint32_t create_stack = model->threads[index].create_stack;
	const char *created = create_stack ? names_where(names, model, create_stack) : NULL;

	if (!start && !created)
		return name;
	return pool_printf(names->pool, "%s (%s%s%s%s%s)", name, start ? "started " : "", start ?: "",
			   start && created ? ", " : "", created ? "created " : "", created ?: "");
}

const char *names_thread_with_origin(struct names *names, const struct model *model, uint32_t index)
{
	struct model_names *of = names_of(names, model);

	if (!thread_at(model, index))
		return names_thread(names, model, index);
	if (!of->threads_with_origin[index])
		of->threads_with_origin[index] = make_name_with_origin(names, model, index);
	return of->threads_with_origin[index];
}
