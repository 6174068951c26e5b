/* SPDX-License-Identifier: MIT */
/* Puts a full recording into one order: every thread goes on as far as it can, as the locks' numbers allow.
 *
 * A thread that cannot go on waits at an object, or at another thread, and is tried again when that has moved.
 */
#include "history.h"

#include "history_needs.h"
#include "table.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

/* What the operations so far have made of an object. */
struct object_state {
	uint32_t sequence;
	uint32_t holder;		/* the ACQUIRE of who has it exclusively, or NO_OPERATION */
	uint32_t n_readers;
	uint32_t last;			/* token: the last operation on it; once: the last exclusive RELEASE */
	uint32_t waiter;		/* a thread that is to be tried again, 0 none */
};

/* A thread's acquisitions that are not released, oldest first. */
struct open {
	uint32_t *at, n, capacity;
};

struct replay {
	struct history *history;
	const struct operation *operations;
	struct object_state *objects;
	struct open *open;		/* by thread */
	struct table readers;		/* object and number -> readers with that number that are still to come */
	uint32_t *announced;		/* by thread: the segment for whose beginning its waiters were woken */
	uint32_t *waiters;		/* by thread: a thread that waits for it, 0 none */
	uint32_t *next_waiter;		/* by thread: the next one at the same object or thread */
	uint32_t *ready, n_ready;	/* threads to be tried */
};

/* ---- waiting ---------------------------------------------------------------------------------------------------- */

static void wake(struct replay *replay, uint32_t *waiter)
{
	for (uint32_t t = *waiter; t; t = replay->next_waiter[t])
		replay->ready[replay->n_ready++] = t;
	*waiter = 0;
}

static void wait_at(struct replay *replay, uint32_t *waiter, uint32_t thread)
{
	replay->next_waiter[thread] = *waiter;
	*waiter = thread;
}

/* Is all over that this segment needs?  If not, waits for the first that is not. */
static bool is_past_needs(struct replay *replay, uint32_t thread, uint32_t operation)
{
	struct history *history = replay->history;
	const struct history_need *need = history_needs(history, operation);

	for (; need < history->needs + history->n_needs && need->operation == operation; need++) {
		for (uint32_t i = need->first_end; i < need->first_end + need->n_ends; i++) {
			uint32_t end = history->ends[i], other;

			if (end == NO_OPERATION)
				return false;
			other = end ? history_thread(history, end - 1) : 0;
			if (other && end > history->reached[other]) {
				wait_at(replay, &replay->waiters[other], thread);
				return false;
			}
		}
	}
	return true;
}

/* ---- locks ------------------------------------------------------------------------------------------------------ */

static bool is_once(const struct replay *replay, uint32_t object)
{
	enum object_kind kind = replay->history->model->objects[object].kind;

	return kind == OBJECT_ONCE || kind == OBJECT_GUARD;
}

/* Can it be held by several at once? */
static bool is_shared(const struct replay *replay, uint32_t object)
{
	return replay->history->model->objects[object].kind == OBJECT_RWLOCK || is_once(replay, object);
}

static uint32_t *readers_of(struct replay *replay, uint32_t object, uint32_t sequence)
{
	return table_at(&replay->readers, mix(object, sequence));
}

static void count_readers(struct replay *replay)
{
	for (uint32_t i = 0; i < replay->history->model->n_operations; i++) {
		const struct operation *operation = &replay->operations[i];

		if (operation->op == FULL_ACQUIRE && operation->mode == MODE_READ)
			++*readers_of(replay, operation->object, operation->sequence);
	}
}

static void push_open(struct open *open, uint32_t operation)
{
	if (open->n == open->capacity) {
		open->capacity = open->capacity ? open->capacity * 2 : 8;
		open->at = grow_array(open->at, open->capacity, sizeof(*open->at));
	}
	open->at[open->n++] = operation;
}

/* The newest acquisition of an object that the thread has not released, which it has released from now on. */
static uint32_t pop_open(struct replay *replay, struct open *open, uint32_t object)
{
	for (uint32_t i = open->n; i-- > 0;) {
		uint32_t found = open->at[i];

		if (replay->operations[found].object != object)
			continue;
		memmove(&open->at[i], &open->at[i + 1], (open->n - i - 1) * sizeof(*open->at));
		open->n--;
		return found;
	}
	return NO_OPERATION;
}

static bool acquire_shared(struct replay *replay, struct object_state *state, const struct operation *at)
{
	if (state->holder != NO_OPERATION || state->sequence != at->sequence)
		return false;
	state->n_readers++;
	--*readers_of(replay, at->object, at->sequence);
	return true;
}

static bool acquire_exclusive(struct replay *replay, uint32_t thread, struct object_state *state, uint32_t i)
{
	const struct operation *at = &replay->operations[i];
	struct history *history = replay->history;
	bool is_again = state->holder != NO_OPERATION && history_thread(history, state->holder) == thread;

	if (at->sequence != state->sequence + 1)
		return false;
	if (!is_again && (state->holder != NO_OPERATION || state->n_readers ||
			  (is_shared(replay, at->object) && *readers_of(replay, at->object, state->sequence))))
		return false;
	state->sequence++;
	if (is_again)
		history->partner[i] = i;
	else
		state->holder = i;
	return true;
}

static bool acquire(struct replay *replay, uint32_t thread, uint32_t i)
{
	const struct operation *at = &replay->operations[i];
	struct object_state *state = &replay->objects[at->object];
	bool is_done = at->mode == MODE_READ ? acquire_shared(replay, state, at)
					     : acquire_exclusive(replay, thread, state, i);

	if (is_done)
		push_open(&replay->open[thread], i);
	return is_done;
}

/* A lock that is released by somebody else, in the place of its owner. */
static bool release_others(struct replay *replay, struct object_state *state, uint32_t i)
{
	uint32_t holder = state->holder;
	struct history *history = replay->history;

	if (holder == NO_OPERATION || state->sequence != replay->operations[i].sequence)
		return false;
	pop_open(replay, &replay->open[history_thread(history, holder)], replay->operations[i].object);
	history->partner[holder] = i;
	history->partner[i] = holder;
	state->holder = NO_OPERATION;
	return true;
}

static bool release(struct replay *replay, uint32_t thread, uint32_t i)
{
	uint32_t object = replay->operations[i].object;
	struct object_state *state = &replay->objects[object];
	uint32_t acquired = pop_open(replay, &replay->open[thread], object);

	if (acquired == NO_OPERATION)
		return release_others(replay, state, i);
	if (replay->history->partner[acquired] == acquired)
		return true;
	replay->history->partner[acquired] = i;
	if (replay->operations[acquired].mode == MODE_READ) {
		state->n_readers--;
		if (is_once(replay, object))
			replay->history->partner[i] = state->last;
	} else {
		state->holder = NO_OPERATION;
		state->last = i;
	}
	return true;
}

static bool pass_token(struct replay *replay, uint32_t i)
{
	const struct operation *at = &replay->operations[i];
	struct object_state *state = &replay->objects[at->object];

	if (at->sequence != state->sequence + 1)
		return false;
	state->sequence++;
	replay->history->partner[i] = state->last;
	state->last = i;
	return true;
}

/* ---- the run ---------------------------------------------------------------------------------------------------- */

/* The thread's last segment is over: once, or two that wait for each other would be woken for ever. */
static void announce(struct replay *replay, uint32_t thread, uint32_t i)
{
	if (replay->announced[thread] != i)
		wake(replay, &replay->waiters[thread]);
	replay->announced[thread] = i;
}

/* Whether the operation can come now, and then it has. */
static bool do_operation(struct replay *replay, uint32_t thread, uint32_t i)
{
	switch (replay->operations[i].op) {
	case FULL_SEGMENT:
		announce(replay, thread, i);
		return is_past_needs(replay, thread, i);
	case FULL_ACQUIRE:
		return acquire(replay, thread, i);
	case FULL_RELEASE:
		return release(replay, thread, i);
	case FULL_SIGNAL:
	case FULL_WOKEN:
		return pass_token(replay, i);
	default:
		return true;
	}
}

static void run_thread(struct replay *replay, uint32_t thread)
{
	struct history *history = replay->history;
	uint32_t end = history->model->first_operation[thread + 1];

	for (uint32_t i = history->reached[thread]; i < end; i = ++history->reached[thread]) {
		uint32_t object = replay->operations[i].object;

		if (!do_operation(replay, thread, i)) {
			if (object)
				wait_at(replay, &replay->objects[object].waiter, thread);
			return;
		}
		history->position[i] = history->n_reached++;
		if (object && replay->objects[object].waiter)
			wake(replay, &replay->objects[object].waiter);
	}
	wake(replay, &replay->waiters[thread]);
}

static void replay_init(struct replay *replay, struct history *history)
{
	const struct model *model = history->model;

	*replay = (struct replay){.history = history, .operations = model->operations};
	replay->objects = zeroed_array(model->n_objects, sizeof(*replay->objects));
	for (uint32_t i = 0; i < model->n_objects; i++)
		replay->objects[i].holder = replay->objects[i].last = NO_OPERATION;
	replay->open = zeroed_array(model->n_threads, sizeof(*replay->open));
	replay->announced = zeroed_array(model->n_threads, sizeof(*replay->announced));
	replay->waiters = zeroed_array(model->n_threads, sizeof(*replay->waiters));
	replay->next_waiter = zeroed_array(model->n_threads, sizeof(*replay->next_waiter));
	replay->ready = zeroed_array(model->n_threads, sizeof(*replay->ready));
	count_readers(replay);
}

static void replay_deinit(struct replay *replay)
{
	for (uint32_t t = 0; t < replay->history->model->n_threads; t++)
		free(replay->open[t].at);
	free(replay->open);
	free(replay->objects);
	free(replay->announced);
	free(replay->waiters);
	free(replay->next_waiter);
	free(replay->ready);
	table_deinit(&replay->readers);
}

static void run(struct history *history)
{
	struct replay replay;

	replay_init(&replay, history);
	for (uint32_t t = history->model->n_threads; t-- > 1;)
		replay.ready[replay.n_ready++] = t;
	while (replay.n_ready)
		run_thread(&replay, replay.ready[--replay.n_ready]);
	replay_deinit(&replay);
}

/* ---- what is asked of it ---------------------------------------------------------------------------------------- */

static bool is_section(const struct history *history, uint32_t i)
{
	return history->position[i] != NO_OPERATION && history->model->operations[i].op == FULL_ACQUIRE &&
	       history->partner[i] != i;
}

static void index_acquires(struct history *history)
{
	const struct model *model = history->model;
	uint32_t *next = zeroed_array((size_t)model->n_objects + 1, sizeof(*next));

	history->first_acquire = zeroed_array((size_t)model->n_objects + 1, sizeof(*history->first_acquire));
	for (uint32_t i = 0; i < model->n_operations; i++)
		if (is_section(history, i))
			history->first_acquire[model->operations[i].object + 1]++;
	for (uint32_t i = 0; i < model->n_objects; i++)
		history->first_acquire[i + 1] += history->first_acquire[i];
	memcpy(next, history->first_acquire, model->n_objects * sizeof(*next));
	history->acquires = zeroed_array(history->first_acquire[model->n_objects] + 1u, sizeof(*history->acquires));
	for (uint32_t i = 0; i < model->n_operations; i++)
		if (is_section(history, i))
			history->acquires[next[model->operations[i].object]++] = i;
	free(next);
}

/* The mutex of a condition wait is taken again by the same call. */
static void find_waited_with(struct history *history)
{
	const struct model *model = history->model;

	history->is_waited_with = zeroed_array(model->n_objects, sizeof(*history->is_waited_with));
	for (uint32_t i = 0; i + 1 < model->n_operations; i++) {
		const struct operation *woken = &model->operations[i], *after = woken + 1;

		if (woken->op == FULL_WOKEN && model->objects[woken->object].kind == OBJECT_COND &&
		    after->op == FULL_ACQUIRE && after->stack == woken->stack)
			history->is_waited_with[after->object] = true;
	}
}

static bool is_known(const struct model *model)
{
	static const enum lost_reason harmless[] = {LOST_UNWIND, LOST_CHILD, LOST_AFTER_EXIT, LOST_UNWATCHED};
	uint64_t n = 0;

	for (uint32_t i = 0; i < LOST_REASONS; i++)
		n += model->lost[i] != 0;
	for (uint32_t i = 0; i < sizeof(harmless) / sizeof(harmless[0]); i++)
		n -= model->lost[harmless[i]] != 0;
	return model->mode == TRACE_FULL && model->n_operations && !model->damage && !n;
}

struct history *history_new(const struct model *model)
{
	struct history *history;

	if (!is_known(model))
		return NULL;
	history = zeroed_array(1, sizeof(*history));
	history->model = model;
	history->position = zeroed_array(model->n_operations, sizeof(*history->position));
	history->partner = zeroed_array(model->n_operations, sizeof(*history->partner));
	memset(history->position, 0xff, model->n_operations * sizeof(*history->position));
	memset(history->partner, 0xff, model->n_operations * sizeof(*history->partner));
	history->reached = zeroed_array(model->n_threads, sizeof(*history->reached));
	memcpy(history->reached, model->first_operation, model->n_threads * sizeof(*history->reached));
	history_find_needs(history);
	run(history);
	index_acquires(history);
	find_waited_with(history);
	return history;
}

void history_free(struct history *history)
{
	if (!history)
		return;
	free(history->position);
	free(history->partner);
	free(history->reached);
	free(history->needs);
	free(history->ends);
	free(history->acquires);
	free(history->first_acquire);
	free(history->is_waited_with);
	free(history);
}

/* How many of the ascending numbers are less than this one. */
static uint32_t n_below(const uint32_t *at, uint32_t n, uint32_t number)
{
	uint32_t low = 0, high = n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (at[middle] < number)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* Threads without operations begin where the next one does: the last of those that begin there has them. */
uint32_t history_thread(const struct history *history, uint32_t operation)
{
	return n_below(history->model->first_operation, history->model->n_threads + 1, operation + 1) - 1;
}

const struct history_need *history_needs(const struct history *history, uint32_t operation)
{
	uint32_t low = 0, high = history->n_needs;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (history->needs[middle].operation < operation)
			low = middle + 1;
		else
			high = middle;
	}
	return history->needs + low;
}

uint32_t history_acquire(const struct history *history, uint32_t thread, uint32_t object, uint32_t from)
{
	const uint32_t *at = history->acquires + history->first_acquire[object];
	uint32_t n = history->first_acquire[object + 1] - history->first_acquire[object], i = n_below(at, n, from);

	return i < n && at[i] < history->model->first_operation[thread + 1] ? at[i] : NO_OPERATION;
}

uint32_t history_holds(const struct history *history, uint32_t operation, uint32_t object)
{
	const uint32_t *at = history->acquires + history->first_acquire[object];
	uint32_t n = history->first_acquire[object + 1] - history->first_acquire[object], i = n_below(at, n, operation);
	uint32_t acquired = i ? at[i - 1] : NO_OPERATION;

	if (!i || acquired < history->model->first_operation[history_thread(history, operation)])
		return NO_OPERATION;
	return history->partner[acquired] > operation ? acquired : NO_OPERATION;
}
