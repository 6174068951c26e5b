/* SPDX-License-Identifier: MIT */
/* Joins a recording with what was seen of the same process.
 *
 * The shim knows who holds what, where it was taken and since when a thread waits; the kernel knows all threads, and what
 * each really does.  A wait that only the shim sees is over, or has not begun; one that only the kernel sees is in code
 * that the shim is not told of (a library's own locks).
 */
#include "inspect.h"
#include "recording.h"

#include <stdlib.h>
#include <string.h>

struct joining {
	struct model *to;
	const struct model *from;
	const struct target *target; /* or NULL */
	uint32_t *place;     /* number in from->live -> in to->live */
	uint32_t n_recorded; /* threads of to->live that the shim knows */
};

/* Arrays of a pool do not grow: a longer copy. */
#define lengthened(model, type, array, n, more)                                                                        \
	((type *)copied(pool_new_array((model)->memory, type, (size_t)(n) + (more)), array, (n) * sizeof(type)))

static void *copied(void *to, const void *from, size_t size)
{
	if (size)
		memcpy(to, from, size);
	return to;
}

static uint32_t tid_of(const struct model *model, uint32_t live)
{
	return model->threads[model->live[live].wait.thread].tid;
}

static const char *copy_text(struct model *to, const char *text)
{
	return text ? pool_printf(to->memory, "%s", text) : NULL;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

static const struct file_place *copy_file(struct model *to, const struct file_place *file)
{
	struct file_place *copy;

	if (!file)
		return NULL;
	copy = pool_alloc(to->memory, sizeof(*copy));
	*copy = *file;
	copy->path = copy_text(to, file->path);
	return copy;
}

static uint32_t add_thread(struct joining *joining, uint32_t seen)
{
	const struct live_thread *live = &joining->from->live[seen];
	struct thread thread = joining->from->threads[live->wait.thread];
	struct model *to = joining->to;

	thread.index = to->n_threads;
	to->threads[to->n_threads] = thread;
	to->live[to->n_live] = (struct live_thread){.is_ended = live->is_ended, .wait.thread = to->n_threads};
	to->n_threads++;
	return to->n_live++;
}

/* The kernel gives the TID of a thread that has ended to a new one. */
static uint32_t find_thread(const struct joining *joining, uint32_t seen)
{
	const struct model *to = joining->to, *from = joining->from;

	for (uint32_t i = 0; i < joining->n_recorded; i++)
		if (tid_of(to, i) == tid_of(from, seen) && to->live[i].is_ended == from->live[seen].is_ended)
			return i;
	return UINT32_MAX;
}

/* A core does not know the names of threads. */
static void take_name(struct thread *to, const struct thread *from)
{
	if (from->name[0])
		memcpy(to->name, from->name, sizeof(to->name));
}

/* It waits for nothing any more, whatever it did when it was killed. */
static void end_thread(struct live_thread *live)
{
	live->is_ended = true;
	live->is_waiting = false;
}

/* It has ended, without the shim's being told, or was born between the looks at the threads and at the recording. */
static void not_seen(struct joining *joining, uint32_t recorded)
{
	const struct target *target = joining->target;
	struct live_thread *live = &joining->to->live[recorded];

	if (!target || !target->has_thread || !target->has_thread(target, tid_of(joining->to, recorded))) {
		end_thread(live);
	} else if (!live->is_ended) {
		live->is_waiting = false;
		live->activity = ACTIVITY_RUNS;
		live->doing = "runs";
	}
}

static void place_threads(struct joining *joining)
{
	const struct model *from = joining->from;
	struct model *to = joining->to;
	bool *is_there = zeroed_array(to->n_live, sizeof(*is_there));

	for (uint32_t i = 0; i < from->n_live; i++) {
		uint32_t at = find_thread(joining, i);

		if (at == UINT32_MAX)
			at = add_thread(joining, i);
		else
			is_there[at] = true;
		joining->place[i] = at;
		to->live[at].activity = from->live[i].activity;
		to->live[at].doing = copy_text(to, from->live[i].doing);
		to->live[at].far_owner = from->live[i].far_owner;
		to->live[at].n_helpers = from->live[i].n_helpers;
		to->live[at].helpers =
			copied(pool_new_array(to->memory, uint32_t, from->live[i].n_helpers), from->live[i].helpers,
			       from->live[i].n_helpers * sizeof(uint32_t));
		take_name(&to->threads[to->live[at].wait.thread], &from->threads[from->live[i].wait.thread]);
	}
	for (uint32_t i = 0; i < joining->n_recorded; i++)
		if (!is_there[i])
			not_seen(joining, i);
	free(is_there);
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

static uint32_t object_in(struct joining *joining, uint32_t seen)
{
	const struct object *object = &joining->from->objects[seen];
	struct model *to = joining->to;

	for (uint32_t i = 1; i < to->n_objects; i++)
		if (to->objects[i].id && !to->objects[i].is_ended && to->objects[i].address == object->address &&
		    to->objects[i].kind == object->kind)
			return i;
	to->objects[to->n_objects] = *object;
	to->objects[to->n_objects].id = to->n_objects;
	to->objects[to->n_objects].file = copy_file(to, object->file);
	return to->n_objects++;
}

/* When and where it began only the shim knows, if it saw that much. */
static void take_wait(struct joining *joining, uint32_t seen)
{
	const struct live_thread *from = &joining->from->live[seen];
	struct live_thread *to = &joining->to->live[joining->place[seen]];

	if (!to->is_waiting)
		to->wait.stack = to->wait.since_ns = 0;
	to->is_waiting = true;
	to->want_address = from->want_address;
	to->wait.kind = from->wait.kind;
	to->wait.mode = from->wait.mode;
	to->wait.flags = from->wait.flags;
	to->wait.object = 0;
	if (from->wait.kind == OBJECT_THREAD)
		to->want_address = joining->to->live[joining->place[from->want_address - 1]].wait.thread;
	else
		to->wait.object = object_in(joining, from->wait.object);
}

/* Waits that are no sleep on a word of memory: the kernel's view of them is another one. */
static bool is_elsewhere(const struct live_thread *live)
{
	return live->wait.kind == OBJECT_SPIN || live->wait.kind == OBJECT_FILE_LOCK;
}

static void join_wait(struct joining *joining, uint32_t seen)
{
	const struct live_thread *from = &joining->from->live[seen];
	struct live_thread *to = &joining->to->live[joining->place[seen]];

	if (!from->is_waiting)
		to->is_waiting &= is_elsewhere(to);
	else if (!to->is_waiting ||
		 to->wait.kind == OBJECT_FUTEX) /* the shim cannot tell what a bare futex is part of */
		take_wait(joining, seen);
	if (from->is_waiting && from->wait.kind == to->wait.kind && from->want_address == to->want_address)
		to->remark = copy_text(joining->to, from->remark);
}

/* ---- holds ------------------------------------------------------------------------------------------------------ */

/* Does a thread wait for a lock of which the shim knows no holder? */
static bool lacks_holder(const struct model *model, uint64_t address)
{
	bool is_wanted = false;

	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct live_thread *live = &model->live[i];

		is_wanted |= live->is_waiting && live->want_address == address;
		for (uint32_t k = 0; k < live->wait.n_held; k++)
			if (live->held_addresses[k] == address)
				return false;
	}
	return is_wanted;
}

static void add_hold(struct joining *joining, struct live_thread *live, const struct held *held, uint64_t address)
{
	uint32_t n = live->wait.n_held;
	struct held *holds = lengthened(joining->to, struct held, live->wait.held, n, 1);
	uint64_t *addresses = lengthened(joining->to, uint64_t, live->held_addresses, n, 1);

	holds[n] = (struct held){.object = object_in(joining, held->object), .mode = held->mode};
	addresses[n] = address;
	live->wait.held = holds;
	live->held_addresses = addresses;
	live->wait.n_held++;
}

static void join_holds(struct joining *joining, uint32_t seen)
{
	const struct live_thread *from = &joining->from->live[seen];

	for (uint32_t k = 0; k < from->wait.n_held; k++)
		if (lacks_holder(joining->to, from->held_addresses[k]))
			add_hold(joining, &joining->to->live[joining->place[seen]], &from->wait.held[k],
				 from->held_addresses[k]);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool is_waited_for(const struct model *model, uint32_t object)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].is_waiting && model->live[i].wait.object == object)
			return true;
	return false;
}

static bool is_token(const struct model *model, const struct dep *dep)
{
	enum object_kind kind = model->objects[dep->object].kind;

	return dep->op != OP_ACQUIRE && (kind == OBJECT_COND || kind == OBJECT_SEM);
}

/* A fork is told of where it left a lock that somebody waits for.  Who can signal is known by who has done it before, and
 * what threads wait for when they are idle by what they waited for. */
void inspect_forget_past(struct model *model)
{
	struct event *events = pool_new_array(model->memory, struct event, model->n_events);
	struct dep *tokens = pool_new_array(model->memory, struct dep, model->n_deps);
	uint32_t n = 0, n_tokens = 0;

	for (uint32_t i = 0; i < model->n_deps; i++)
		if (is_token(model, &model->deps[i]))
			tokens[n_tokens++] = model->deps[i];
	for (uint32_t i = 0; i < model->n_events; i++)
		if (model->events[i].kind == EVENT_FORK_HELD && is_waited_for(model, model->events[i].object))
			events[n++] = model->events[i];
	model->events = events;
	model->n_events = n;
	model->deps = tokens;
	model->n_deps = n_tokens;
	model->is_present = true;
	model->n_edges = model->n_deadlocks = 0;
	memset(model->lost, 0, sizeof(model->lost));
	memset(model->caps, 0, sizeof(model->caps));
	model->bad_records = 0;
	model->damage = NULL;
}

void inspect_end(struct model *model)
{
	model->is_inspected = true;
	for (uint32_t i = 0; i < model->n_live; i++)
		end_thread(&model->live[i]);
}

void recording_join(struct model *recorded, const struct model *seen, const struct target *target)
{
	struct joining joining = {.to = recorded, .from = seen, .target = target, .n_recorded = recorded->n_live};

	joining.place = zeroed_array(seen->n_live, sizeof(*joining.place));
	recorded->threads = lengthened(recorded, struct thread, recorded->threads, recorded->n_threads, seen->n_live);
	recorded->live = lengthened(recorded, struct live_thread, recorded->live, recorded->n_live, seen->n_live);
	recorded->objects =
		lengthened(recorded, struct object, recorded->objects, recorded->n_objects, seen->n_objects);
	place_threads(&joining);
	for (uint32_t i = 0; i < seen->n_live; i++)
		join_wait(&joining, i);
	for (uint32_t i = 0; i < seen->n_live; i++)
		join_holds(&joining, i);
	recorded->is_inspected = true;
	recorded->has_handlers = seen->has_handlers;
	recorded->remark = copy_text(recorded, seen->remark);
	free(joining.place);
}
