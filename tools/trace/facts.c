/* SPDX-License-Identifier: MIT */
/* Reads what happened: dependencies, edges, deadlocks that closed, events, gates.
 *
 * A fact about a lock or thread that is not defined says nothing that could be judged: it is left out and counted.  A
 * stack that is not defined only takes a place name away.
 */
#include "reader.h"

#include <stdlib.h>

/* The holds of dependencies and waits are cut from one array, made long enough for all. */
struct held_room {
	struct held *next;
};

static uint32_t n_held_of(const struct record_header *record)
{
	return record->type == RECORD_DEP ? ((const struct record_dep *)record)->n_held
					  : ((const struct record_stuck *)record)->n_held;
}

static uint64_t fixed_size_of(const struct record_header *record)
{
	return record->type == RECORD_DEP ? sizeof(struct record_dep) : sizeof(struct record_stuck);
}

static bool holds_fit(const struct record_header *record)
{
	return n_held_of(record) <= record_room(record, fixed_size_of(record)) / sizeof(struct record_held);
}

static struct held_room held_room_new(struct reader *reader, const struct record_list *list)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < list->n; i++)
		if (holds_fit(list->at[i]))
			n += n_held_of(list->at[i]);
	return (struct held_room){.next = pool_new_array(reader->pool, struct held, n)};
}

/* Copies the holds of a record whose holds fit; NULL when one of them is of no known lock. */
static const struct held *copy_holds(struct reader *reader, struct held_room *room, const struct record_held *from,
				     uint32_t n)
{
	const struct model *model = reader->model;
	struct held *held = room->next;

	for (uint32_t i = 0; i < n; i++) {
		if (!object_ref(model, from[i].object) || from[i].mode >= MODES)
			return NULL;
		held[i] = (struct held){
			.object = from[i].object,
			.stack = stack_ref(model, from[i].stack),
			.mode = from[i].mode,
			.flags = from[i].flags,
		};
	}
	room->next += n;
	return held;
}

static void read_dep(struct reader *reader, struct held_room *room, const struct record_dep *record)
{
	struct model *model = reader->model;
	const struct held *held;

	if (!thread_ref(model, record->h.thread) || !object_ref(model, record->object) || record->op >= OPS ||
	    record->mode >= MODES || !holds_fit(&record->h)) {
		reader_bad_record(reader, &record->h, "a dependency of nothing known");
		return;
	}
	held = copy_holds(reader, room, record->held, record->n_held);
	if (!held) {
		reader_bad_record(reader, &record->h, "a dependency on an unknown lock");
		return;
	}
	model->deps[model->n_deps++] = (struct dep){
		.thread = record->h.thread,
		.segment = record->segment,
		.op = record->op,
		.object = record->object,
		.mode = record->mode,
		.flags = record->flags,
		.stack = stack_ref(model, record->stack),
		.aux = object_ref(model, record->aux),
		.n_held = record->n_held,
		.held = held,
	};
}

static void read_deps(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_DEP];
	struct held_room room = held_room_new(reader, list);

	reader->model->deps = pool_new_array(reader->pool, struct dep, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		read_dep(reader, &room, (const void *)list->at[i]);
}

static bool is_known_order(const struct model *model, const struct record_edge *record)
{
	return record->kind >= EDGE_JOIN && record->kind <= EDGE_WOKEN && thread_ref(model, record->from_thread) &&
	       thread_ref(model, record->to_thread) &&
	       (record->kind != EDGE_WOKEN || object_ref(model, record->object));
}

static void read_edge(struct reader *reader, const struct record_edge *record)
{
	struct model *model = reader->model;

	if (!is_known_order(model, record)) {
		reader_bad_record(reader, &record->h, "an order between threads that nobody knows");
		return;
	}
	model->edges[model->n_edges++] = (struct edge){
		.kind = record->kind,
		.from_thread = record->from_thread,
		.from_segment = record->from_segment,
		.to_thread = record->to_thread,
		.to_segment = record->to_segment,
		.object = object_ref(model, record->object),
		.round = record->round,
	};
}

static void read_edges(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_EDGE];

	reader->model->edges = pool_new_array(reader->pool, struct edge, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		read_edge(reader, (const void *)list->at[i]);
}

static void read_event(struct reader *reader, const struct record_event *record)
{
	struct model *model = reader->model;

	if (record->kind < EVENT_UNLOCK_NOT_OWNER || record->kind >= EVENT_KINDS ||
	    !object_ref(model, record->object)) {
		reader_bad_record(reader, &record->h, "an event of nothing known");
		return;
	}
	model->events[model->n_events++] = (struct event){
		.kind = record->kind,
		.thread = thread_ref(model, record->h.thread),
		.object = record->object,
		.stack = stack_ref(model, record->stack),
		.other = thread_ref(model, record->other),
		.segment = record->segment,
		.held_stack = stack_ref(model, record->held_stack),
	};
}

static void read_events(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_EVENT];

	reader->model->events = pool_new_array(reader->pool, struct event, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		read_event(reader, (const void *)list->at[i]);
}

static void read_steering(struct reader *reader, const struct record_steer *record)
{
	struct model *model = reader->model;

	if (!record->act || record->act >= STEER_ACTS) {
		reader_bad_record(reader, &record->h, "a gate did nothing known");
		return;
	}
	model->steerings[model->n_steerings++] = (struct steering){
		.act = record->act,
		.part = record->part,
		.thread = thread_ref(model, record->h.thread),
		.object = object_ref(model, record->object),
		.other = thread_ref(model, record->other),
		.other_stack = stack_ref(model, record->other_stack),
		.other_kind = record->other_kind < OBJECT_KINDS ? record->other_kind : OBJECT_NONE,
	};
}

static void read_steerings(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_STEER];

	reader->model->steerings = pool_new_array(reader->pool, struct steering, list->n);
	for (uint32_t i = 0; i < list->n; i++)
		read_steering(reader, (const void *)list->at[i]);
}

static int compare_stuck(const void *a, const void *b)
{
	const struct record_stuck *x = *(const struct record_stuck *const *)a;
	const struct record_stuck *y = *(const struct record_stuck *const *)b;

	if (x->deadlock != y->deadlock)
		return x->deadlock < y->deadlock ? -1 : 1;
	return (x->position > y->position) - (x->position < y->position);
}

/* False when the part refers to something unknown. */
static bool read_part(struct reader *reader, struct held_room *room, const struct record_stuck *record,
		      struct wait *ret_part)
{
	const struct model *model = reader->model;
	const struct held *held = NULL;

	if (holds_fit(&record->h))
		held = copy_holds(reader, room, record->held, record->n_held);
	if (!held || !thread_ref(model, record->h.thread) || !object_ref(model, record->object) ||
	    record->kind >= OBJECT_KINDS || record->mode >= MODES)
		return false;
	*ret_part = (struct wait){
		.thread = record->h.thread,
		.object = record->object,
		.kind = record->kind,
		.mode = record->mode,
		.flags = record->flags,
		.stack = stack_ref(model, record->stack),
		.since_ns = record->since_ns,
		.n_held = record->n_held,
		.held = held,
	};
	return true;
}

/* Reads the deadlock whose parts begin at list[0]; its parts are here once each, in order, or it is left out. */
static void read_deadlock(struct reader *reader, struct held_room *room, const struct record_stuck *const *list,
			  uint32_t n)
{
	struct model *model = reader->model;
	struct wait *parts = pool_new_array(reader->pool, struct wait, n);
	bool is_whole = list[0]->of == n;

	for (uint32_t i = 0; i < n && is_whole; i++)
		is_whole = list[i]->position == i && list[i]->of == n && read_part(reader, room, list[i], &parts[i]);
	if (is_whole)
		model->deadlocks[model->n_deadlocks++] = (struct deadlock){.n = n, .parts = parts};
	else
		reader_bad_record(reader, &list[0]->h, "a deadlock that is not whole");
}

static void read_deadlocks(struct reader *reader)
{
	const struct record_list *list = &reader->lists[RECORD_STUCK];
	const struct record_stuck *const *stuck = (const void *)list->at;
	struct held_room room = held_room_new(reader, list);

	if (!list->n)
		return;
	qsort(list->at, list->n, sizeof(*list->at), compare_stuck);
	reader->model->deadlocks = pool_new_array(reader->pool, struct deadlock, list->n);
	for (uint32_t i = 0, n; i < list->n; i += n) {
		for (n = 1; i + n < list->n && stuck[i + n]->deadlock == stuck[i]->deadlock; n++)
			;
		read_deadlock(reader, &room, stuck + i, n);
	}
}

void facts_read(struct reader *reader)
{
	read_deps(reader);
	read_edges(reader);
	read_deadlocks(reader);
	read_events(reader);
	read_steerings(reader);
}
