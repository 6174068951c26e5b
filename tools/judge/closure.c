/* SPDX-License-Identifier: MIT */
/* Grows a closure operation by operation.
 *
 * Of each lock the latest exclusive section is kept: all earlier ones have been asked to end.  Shared sections after it are
 * kept too, for an exclusive one that comes later in the run.
 */
#include "closure.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

struct closure_reader {
	uint32_t operation, next;	/* next: 1 + place, 0 none */
};

void closure_init(struct closure *closure, const struct history *history)
{
	const struct model *model = history->model;

	*closure = (struct closure){.history = history};
	closure->end = zeroed_array(model->n_threads, sizeof(*closure->end));
	closure->wanted = zeroed_array(model->n_threads, sizeof(*closure->wanted));
	closure->threads = zeroed_array(model->n_threads, sizeof(*closure->threads));
	closure->work = zeroed_array(model->n_threads, sizeof(*closure->work));
	closure->is_at_work = zeroed_array(model->n_threads, sizeof(*closure->is_at_work));
	closure->writer = zeroed_array(model->n_objects, sizeof(*closure->writer));
	closure->reader = zeroed_array(model->n_objects, sizeof(*closure->reader));
	closure->objects = zeroed_array(model->n_objects, sizeof(*closure->objects));
	memcpy(closure->end, model->first_operation, model->n_threads * sizeof(*closure->end));
	memcpy(closure->wanted, model->first_operation, model->n_threads * sizeof(*closure->wanted));
	memset(closure->writer, 0xff, model->n_objects * sizeof(*closure->writer));
}

void closure_deinit(struct closure *closure)
{
	free(closure->end);
	free(closure->wanted);
	free(closure->threads);
	free(closure->work);
	free(closure->is_at_work);
	free(closure->writer);
	free(closure->reader);
	free(closure->objects);
	free(closure->readers);
}

void closure_clear(struct closure *closure)
{
	const uint32_t *first = closure->history->model->first_operation;

	for (uint32_t i = 0; i < closure->n_threads; i++) {
		uint32_t t = closure->threads[i];

		closure->end[t] = closure->wanted[t] = first[t];
		closure->is_at_work[t] = false;
	}
	for (uint32_t i = 0; i < closure->n_objects; i++) {
		closure->writer[closure->objects[i]] = NO_OPERATION;
		closure->reader[closure->objects[i]] = 0;
	}
	closure->n_threads = closure->n_objects = closure->n_readers = closure->n_work = 0;
	closure->is_impossible = false;
}

/* All operations of a thread before `end` have to be in it. */
static void need(struct closure *closure, uint32_t thread, uint32_t end)
{
	uint32_t *wanted = &closure->wanted[thread];

	if (end <= *wanted)
		return;
	if (end > closure->history->reached[thread]) {
		closure->is_impossible = true;
		return;
	}
	if (*wanted == closure->history->model->first_operation[thread])
		closure->threads[closure->n_threads++] = thread;
	if (!closure->is_at_work[thread])
		closure->work[closure->n_work++] = thread;
	closure->is_at_work[thread] = true;
	*wanted = end;
}

static void need_operation(struct closure *closure, uint32_t operation)
{
	need(closure, history_thread(closure->history, operation), operation + 1);
}

static void need_release(struct closure *closure, uint32_t acquire)
{
	uint32_t release = closure->history->partner[acquire];

	if (release == NO_OPERATION)
		closure->is_impossible = true;
	else
		need_operation(closure, release);
}

static bool is_before(const struct closure *closure, uint32_t a, uint32_t b)
{
	return closure->history->position[a] < closure->history->position[b];
}

static void add_reader(struct closure *closure, uint32_t object, uint32_t acquire)
{
	if (closure->n_readers == closure->reader_capacity) {
		closure->reader_capacity = closure->reader_capacity ? closure->reader_capacity * 2 : 64;
		closure->readers = grow_array(closure->readers, closure->reader_capacity, sizeof(*closure->readers));
	}
	closure->readers[closure->n_readers++] = (struct closure_reader){acquire, closure->reader[object]};
	closure->reader[object] = closure->n_readers;
}

/* Readers before a writer have to leave; one after it has it leave. */
static void meet_readers(struct closure *closure, uint32_t object, uint32_t acquire)
{
	uint32_t *at = &closure->reader[object];

	while (*at) {
		struct closure_reader *reader = &closure->readers[*at - 1];

		if (is_before(closure, reader->operation, acquire)) {
			need_release(closure, reader->operation);
			*at = reader->next;
		} else {
			need_release(closure, acquire);
			at = &reader->next;
		}
	}
}

static void add_section(struct closure *closure, uint32_t acquire)
{
	const struct operation *at = &closure->history->model->operations[acquire];
	uint32_t *writer = &closure->writer[at->object];
	bool is_late = *writer != NO_OPERATION && is_before(closure, acquire, *writer);

	if (*writer == NO_OPERATION && !closure->reader[at->object])
		closure->objects[closure->n_objects++] = at->object;
	if (is_late) {
		need_release(closure, acquire);
		return;
	}
	if (*writer != NO_OPERATION)
		need_release(closure, *writer);
	if (at->mode == MODE_READ) {
		add_reader(closure, at->object, acquire);
	} else {
		meet_readers(closure, at->object, acquire);
		*writer = acquire;
	}
}

static void add_needs(struct closure *closure, uint32_t operation)
{
	const struct history *history = closure->history;
	const struct history_need *need_at = history_needs(history, operation);

	for (; need_at < history->needs + history->n_needs && need_at->operation == operation; need_at++)
		for (uint32_t i = need_at->first_end; i < need_at->first_end + need_at->n_ends; i++)
			if (history->ends[i])
				need(closure, history_thread(history, history->ends[i] - 1), history->ends[i]);
}

static void add_operation(struct closure *closure, uint32_t i)
{
	uint32_t partner = closure->history->partner[i];

	closure->steps++;
	switch (closure->history->model->operations[i].op) {
	case FULL_SEGMENT:
		add_needs(closure, i);
		break;
	case FULL_ACQUIRE:
		if (partner != i)
			add_section(closure, i);
		break;
	case FULL_RELEASE:
	case FULL_SIGNAL:
	case FULL_WOKEN:
		if (partner != NO_OPERATION)
			need_operation(closure, partner);
		break;
	default:
		break;
	}
}

bool closure_add(struct closure *closure, uint32_t thread, uint32_t end)
{
	need(closure, thread, end);
	while (closure->n_work && !closure->is_impossible) {
		uint32_t t = closure->work[--closure->n_work];

		while (closure->end[t] < closure->wanted[t] && !closure->is_impossible)
			add_operation(closure, closure->end[t]++);
		closure->is_at_work[t] = false;
	}
	return !closure->is_impossible;
}
