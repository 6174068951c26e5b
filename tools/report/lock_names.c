/* SPDX-License-Identifier: MIT */
/* Names of locks.
 *
 * A lock in a variable has the variable's name.  Any other is known by its birth: the line that initialised it, or that
 * first used it.  Locks of one birth are numbered in the order in which they came up in the trace, and for that all of a
 * model's locks are counted once.  What a runtime waits with, and nobody but the kernel knows, is known by the call that
 * waits: a future has no name, but `std::future::get` has.
 */
#include "names_impl.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <search.h>
#include <string.h>

/* A variable that a name was made for. */
struct global_name {
	const char *name;
	const char *module;
	uint64_t offset;
	bool is_ambiguous; /* another variable has the same name */
};

/* What a birth reads like, in all processes. */
struct birth_words {
	const char *text;
	const struct model *model; /* one that has it */
	bool is_ambiguous;	   /* another has it, too */
};

/* Locks of a process whose birth reads the same. */
struct birth {
	const struct model *model;
	struct birth_words *words;
	uint32_t n;
};

/* A birth at one stack. */
struct lock_base {
	enum object_kind kind;
	bool is_created, is_on_stack;
	struct birth *birth;
	struct lock_base *next;
};

/* A futex that a call of a runtime waits with. */
struct called_futex {
	const struct model *model;
	uint64_t address;
	struct birth *birth; /* those of the same call */
	uint32_t ordinal;
};

static const char *const kind_names[OBJECT_KINDS] = {
	[OBJECT_NONE] = "lock",
	[OBJECT_MUTEX] = "mutex",
	[OBJECT_RWLOCK] = "rwlock",
	[OBJECT_SPIN] = "spinlock",
	[OBJECT_COND] = "condition variable",
	[OBJECT_BARRIER] = "barrier",
	[OBJECT_SEM] = "semaphore",
	[OBJECT_ONCE] = "once",
	[OBJECT_THREAD] = "thread",
	[OBJECT_FILE_LOCK] = "file lock",
	[OBJECT_FUTEX] = "futex",
	[OBJECT_GUARD] = "static guard",
	[OBJECT_STREAM] = "stream",
	[OBJECT_LOADER] = "loader lock",
	[OBJECT_VARIABLE] = "variable",
};

const char *kind_name(enum object_kind kind)
{
	assert(kind < OBJECT_KINDS);
	return kind_names[kind];
}

static const struct object *object_of(const struct finding_lock *lock)
{
	assert(lock->object < lock->model->n_objects || lock->object == 0);
	return lock->object ? &lock->model->objects[lock->object] : NULL;
}

/* The epoch of the modules in which the lock's address is to be understood. */
static uint32_t epoch_of(const struct model *model, const struct object *object)
{
	uint32_t stack = !object ? 0 : object->create_stack ? object->create_stack : object->first_stack;

	return stack ? model->stacks[stack].epoch : UINT32_MAX - 1;
}

static bool find_place(struct names *names, const struct finding_lock *lock, struct place *ret_place)
{
	uint32_t epoch = epoch_of(lock->model, object_of(lock));

	return symbols_place(names_of(names, lock->model)->symbols, lock->address, epoch, ret_place);
}

/* ---- variables -------------------------------------------------------------------------------------------------- */

static int compare_globals(const void *a, const void *b)
{
	return strcmp(((const struct global_name *)a)->name, ((const struct global_name *)b)->name);
}

static const struct global_name *learn_global(struct names *names, const struct place *place)
{
	struct global_name probe = {.name = place->name}, **node = tsearch(&probe, &names->globals, compare_globals);
	const char *module = place->module ? place->module : "";

	assert(node);
	if (*node == &probe) {
		*node = pool_alloc(names->pool, sizeof(**node));
		(*node)->name = pool_printf(names->pool, "%s", place->name);
		(*node)->module = pool_printf(names->pool, "%s", module);
		(*node)->offset = place->offset;
	}
	(*node)->is_ambiguous |= (*node)->offset != place->offset || strcmp((*node)->module, module) != 0;
	return *node;
}

static struct lock_name *described(struct names *names, const char *text)
{
	struct lock_name *name = pool_alloc(names->pool, sizeof(*name));

	name->name = text;
	name->phrase = pool_printf(names->pool, "the %s", text);
	return name;
}

static struct lock_name *called(struct names *names, const char *text)
{
	struct lock_name *name = pool_alloc(names->pool, sizeof(*name));

	name->name = text;
	name->phrase = pool_printf(names->pool, "`%s`", text);
	return name;
}

static struct lock_name *name_global(struct names *names, const struct finding_lock *lock, const struct place *place)
{
	const char *module = place->module ?: "?";
	const struct global_name *global;

	if (!place->name)
		return described(names, pool_printf(names->pool, "%s at %s+0x%" PRIx64, kind_name(lock->kind), module,
						    place->offset));
	global = learn_global(names, place);
	if (!global->is_ambiguous)
		return called(names, global->name);
	if (place->file)
		return called(names, pool_printf(names->pool, "%s (%s:%" PRIu32 ")", place->name,
						 base_name(place->file), place->line));
	return called(names, pool_printf(names->pool, "%s (%s+0x%" PRIx64 ")", place->name, module, place->offset));
}

/* ---- locks without a variable ----------------------------------------------------------------------------------- */

static int compare_words(const void *a, const void *b)
{
	return strcmp(((const struct birth_words *)a)->text, ((const struct birth_words *)b)->text);
}

static struct birth_words *learn_words(struct names *names, const struct model *model, const char *text)
{
	struct birth_words probe = {.text = text, .model = model}, **node = tsearch(&probe, &names->words, compare_words);

	assert(node);
	if (*node == &probe) {
		*node = pool_alloc(names->pool, sizeof(**node));
		**node = probe;
	}
	(*node)->is_ambiguous |= (*node)->model != model;
	return *node;
}

static int compare_births(const void *a, const void *b)
{
	const struct birth *x = a, *y = b;

	if (x->words != y->words)
		return x->words < y->words ? -1 : 1;
	return (x->model > y->model) - (x->model < y->model);
}

static struct birth *find_birth(struct names *names, const struct model *model, const char *text)
{
	struct birth probe = {.model = model, .words = learn_words(names, model, text)},
		     **node = tsearch(&probe, &names->births, compare_births);

	assert(node);
	if (*node == &probe) {
		*node = pool_alloc(names->pool, sizeof(**node));
		**node = probe;
	}
	return *node;
}

static uint32_t birth_stack(const struct object *object)
{
	return object->create_stack ? object->create_stack : object->first_stack;
}

static const char *birth_verb(bool is_created, bool is_on_stack)
{
	if (is_on_stack)
		return is_created ? "on a stack, created" : "on a stack, first used";
	return is_created ? "created" : "first used";
}

static struct lock_base *make_base(struct names *names, const struct model *model, const struct object *object)
{
	struct lock_base *base = pool_alloc(names->pool, sizeof(*base));
	const char *where = names_where(names, model, birth_stack(object));
	const char *text;

	base->kind = object->kind;
	base->is_created = object->create_stack != 0;
	base->is_on_stack = object->flags & OBJECT_ON_STACK;
	text = pool_printf(names->pool, "%s %s %s", kind_name(object->kind),
			   birth_verb(base->is_created, base->is_on_stack), where);
	base->birth = find_birth(names, model, text);
	return base;
}

static struct birth *birth_of(struct names *names, const struct model *model, const struct object *object)
{
	struct lock_base **at = &names_of(names, model)->bases[birth_stack(object)], *base = *at;

	while (base && (base->kind != object->kind || base->is_created != (object->create_stack != 0) ||
			base->is_on_stack != !!(object->flags & OBJECT_ON_STACK)))
		base = base->next;
	if (!base) {
		base = make_base(names, model, object);
		base->next = *at;
		*at = base;
	}
	return base->birth;
}

static bool has_birth(const struct model *model, const struct object *object)
{
	return object->id && object->kind != OBJECT_THREAD && birth_stack(object) &&
	       !model_module_at(model, object->address, epoch_of(model, object));
}

static void count_births(struct names *names, const struct model *model)
{
	struct model_names *of = names_of(names, model);

	if (of->ordinals)
		return;
	of->ordinals = pool_new_array(names->pool, uint32_t, model->n_objects);
	for (uint32_t i = 1; i < model->n_objects; i++)
		if (has_birth(model, &model->objects[i]))
			of->ordinals[i] = ++birth_of(names, model, &model->objects[i])->n;
}

/* One of those of this birth, told apart from the others. */
static const char *tell_birth(struct names *names, const struct model *model, const struct birth *birth, uint32_t ordinal)
{
	const char *text = birth->words->text;

	if (birth->words->is_ambiguous)
		text = pool_printf(names->pool, "%s in process %" PRIu32, text, model->pid);
	if (birth->n > 1)
		text = pool_printf(names->pool, "%s #%" PRIu32, text, ordinal);
	return text;
}

static struct lock_name *name_by_birth(struct names *names, const struct model *model, uint32_t id)
{
	count_births(names, model);
	return described(names, tell_birth(names, model, birth_of(names, model, &model->objects[id]),
					   names_of(names, model)->ordinals[id]));
}

/* ---- futexes of a runtime --------------------------------------------------------------------------------------- */

static int compare_futexes(const void *a, const void *b)
{
	const struct called_futex *x = a, *y = b;

	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	return (x->address > y->address) - (x->address < y->address);
}

/* `std::future<std::pair<int, int> >::get` -> `std::future::get` */
static const char *without_arguments(struct pool *pool, const char *function)
{
	char *bare = pool_printf(pool, "%s", function), *to = bare;
	unsigned depth = 0;

	for (const char *from = function; *from; from++) {
		depth += *from == '<';
		if (!depth)
			*to++ = *from;
		depth -= *from == '>' && depth;
	}
	*to = '\0';
	return bare;
}

void names_learn_wait(struct names *names, const struct finding_lock *lock, uint32_t stack)
{
	const struct backtrace *backtrace = stack ? names_stack(names, lock->model, stack) : NULL;
	const char *call = backtrace && backtrace->site ? backtrace->frames[backtrace->site - 1]->function : NULL;
	struct called_futex probe = {.model = lock->model, .address = lock->address}, **node;

	/* What C calls is in the program's hands. */
	if (lock->kind != OBJECT_FUTEX || !call || !strstr(call, "::"))
		return;
	node = tsearch(&probe, &names->futexes, compare_futexes);
	assert(node);
	if (*node != &probe)
		return;
	*node = pool_alloc(names->pool, sizeof(**node));
	**node = probe;
	call = pool_printf(names->pool, "%s of %s", kind_name(lock->kind), without_arguments(names->pool, call));
	(*node)->birth = find_birth(names, lock->model, call);
	(*node)->ordinal = ++(*node)->birth->n;
}

static const struct called_futex *find_futex(struct names *names, const struct finding_lock *lock)
{
	const struct called_futex probe = {.model = lock->model, .address = lock->address};
	struct called_futex *const *node = tfind(&probe, &names->futexes, compare_futexes);

	return lock->kind == OBJECT_FUTEX && node ? *node : NULL;
}

static struct lock_name *name_by_call(struct names *names, const struct called_futex *futex)
{
	return described(names, tell_birth(names, futex->model, futex->birth, futex->ordinal));
}

/* ---- any lock --------------------------------------------------------------------------------------------------- */

/* A thread as a thing to wait for has its index as address. */
static uint32_t thread_of(const struct finding_lock *lock)
{
	return lock->address < lock->model->n_threads ? (uint32_t)lock->address : 0;
}

/* "flock on /run/app.pid", "file lock on data.db, bytes 0 to 99" */
static struct lock_name *name_file_lock(struct names *names, const struct object *object)
{
	const struct file_place *file = object->file;
	const char *path = file->path[0] ? file->path : "a file";

	if (file->size)
		return described(names, pool_printf(names->pool, "file lock on %s, bytes %" PRIu64 " to %" PRIu64, path,
						    file->offset, file->offset + file->size - 1));
	if (file->offset)
		return described(names, pool_printf(names->pool, "file lock on %s, from byte %" PRIu64 " on", path,
						    file->offset));
	if (object_is_of_process(object->kind, object->address))
		return described(names, pool_printf(names->pool, "file lock on %s", path));
	return described(names, pool_printf(names->pool, "flock on %s", path));
}

/* A variable of a runtime, of which a program knows nothing. */
static bool is_hidden(const struct place *place)
{
	return !place->name || strncmp(place->name, "std::__", 7) == 0;
}

static struct lock_name *make_lock_name(struct names *names, const struct finding_lock *lock)
{
	const struct called_futex *futex = find_futex(names, lock);
	const struct object *object = object_of(lock);
	struct lock_name *name;
	struct place place;

	if (lock->kind == OBJECT_THREAD) {
		name = pool_alloc(names->pool, sizeof(*name));
		name->phrase =
			pool_printf(names->pool, "the end of %s", names_thread(names, lock->model, thread_of(lock)));
		name->name = name->phrase;
		return name;
	}
	if (lock->kind == OBJECT_LOADER)
		return described(names, kind_name(lock->kind));
	if (object && object->name)
		return called(names, object->name);
	if (lock->kind == OBJECT_FILE_LOCK && object && object->file)
		return name_file_lock(names, object);
	if (find_place(names, lock, &place)) {
		name = futex && is_hidden(&place) ? name_by_call(names, futex) : name_global(names, lock, &place);
		place_deinit(&place);
		return name;
	}
	if (futex)
		return name_by_call(names, futex);
	if (object && has_birth(lock->model, object))
		return name_by_birth(names, lock->model, lock->object);
	return described(names, pool_printf(names->pool, "%s 0x%" PRIx64, kind_name(lock->kind), lock->address));
}

static const struct lock_name *lock_name(struct names *names, const struct finding_lock *lock)
{
	struct model_names *of = names_of(names, lock->model);

	if (!lock->object)
		return make_lock_name(names, lock);
	if (!of->locks[lock->object])
		of->locks[lock->object] = make_lock_name(names, lock);
	return of->locks[lock->object];
}

const char *names_lock(struct names *names, const struct finding_lock *lock)
{
	return lock_name(names, lock)->name;
}

const char *names_lock_phrase(struct names *names, const struct finding_lock *lock)
{
	return lock_name(names, lock)->phrase;
}

const char *names_lock_kind_phrase(struct names *names, const struct finding_lock *lock)
{
	const char *phrase = names_lock_phrase(names, lock);

	if (phrase[0] == '`')
		return pool_printf(names->pool, "%s %s", kind_name(lock->kind), phrase);
	return names_lock(names, lock); /* begins with the kind */
}

void names_learn_lock(struct names *names, const struct finding_lock *lock)
{
	const struct object *object = object_of(lock);
	struct place place;

	if (lock->kind == OBJECT_THREAD || lock->kind == OBJECT_LOADER)
		return;
	if (object && has_birth(lock->model, object))
		birth_of(names, lock->model, object);
	if (!find_place(names, lock, &place))
		return;
	if (place.name)
		learn_global(names, &place);
	place_deinit(&place);
}

/* `accounts[3].lock` -> `accounts[].lock`, `mutex created at pool.c:88 #2` -> `mutex created at pool.c:88 #` */
static const char *without_indexes(struct pool *pool, const char *name)
{
	char *bare = pool_printf(pool, "%s", name), *to = bare;

	for (const char *from = name; *from; from++) {
		*to++ = *from;
		if (*from == '[' || *from == '#')
			from += strspn(from + 1, "0123456789");
	}
	*to = '\0';
	return bare;
}

const char *names_lock_class(struct names *names, const struct finding_lock *lock)
{
	const struct object *object = object_of(lock);
	const struct frame *site = NULL;
	const char *name = NULL;
	struct place place;

	if (object && object->name)
		return without_indexes(names->pool, object->name);
	if (lock->kind != OBJECT_THREAD && find_place(names, lock, &place)) {
		if (place.name)
			name = without_indexes(names->pool, place.name);
		else
			name = name_global(names, lock, &place)->name;
		place_deinit(&place);
	}
	if (name)
		return name;
	if (object && birth_stack(object))
		site = backtrace_site(names_stack(names, lock->model, birth_stack(object)));
	if (!site)
		return kind_name(lock->kind);
	return pool_printf(names->pool, "%s created in %s", kind_name(lock->kind),
			   site->function ?: site->module ?: "?");
}

bool names_are_siblings(struct names *names, const struct finding_lock *a, const struct finding_lock *b)
{
	const char *x = without_indexes(names->pool, names_lock(names, a));
	const char *y = without_indexes(names->pool, names_lock(names, b));

	return a->kind == b->kind && a->kind != OBJECT_THREAD && strcmp(x, y) == 0;
}
