/* SPDX-License-Identifier: MIT */
/* The page's timeline: for every thread a lane, for every lock it holds a slice from one step of the recording to another.
 *
 *   { n: steps, lanes: [names], names: [of locks], slices: [[lane, from, to, depth, name, kind]] }
 *
 * The kind is 0 for held, 1 for held to read, 2 for a wait that never ends.
 */
#include "html_data.h"
#include "sequence.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MOST_SLICES = 50000 };
enum { KIND_HELD, KIND_READ, KIND_STUCK };

struct timeline {
	struct names *names;
	const struct sequence *sequence;
	struct json_object *slices, *lock_names;
	uint32_t *name_of; /* by object: its number in lock_names + 1, 0 none yet */
	uint32_t *lane_of; /* by thread */
	uint32_t *depth;   /* by thread: locks that it holds */
	uint32_t *room;
	uint64_t n_left_out;
};

static uint32_t name_number(struct timeline *timeline, uint32_t object)
{
	const struct model *model = timeline->sequence->model;
	struct finding_lock lock = {model, object, model->objects[object].address, model->objects[object].kind};

	if (!timeline->name_of[object]) {
		json_object_array_add(timeline->lock_names, json_text(names_lock(timeline->names, &lock)));
		timeline->name_of[object] = (uint32_t)json_object_array_length(timeline->lock_names);
	}
	return timeline->name_of[object] - 1;
}

static void add_slice(struct timeline *timeline, uint32_t thread, uint32_t from, uint32_t to, uint32_t object, int kind)
{
	const uint32_t numbers[] = {timeline->lane_of[thread], from, to, timeline->depth[thread], 0};
	struct json_object *slice;

	if (!*timeline->room) {
		timeline->n_left_out++;
		return;
	}
	--*timeline->room;
	slice = json_object_new_array();
	for (int i = 0; i < 4; i++)
		json_object_array_add(slice, json_object_new_int64(numbers[i]));
	json_object_array_add(slice, json_object_new_int64(name_number(timeline, object)));
	json_object_array_add(slice, json_object_new_int(kind));
	json_object_array_add(timeline->slices, slice);
}

static void add_operation(struct timeline *timeline, uint32_t index)
{
	const struct history *history = timeline->sequence->history;
	const struct operation *operation = &timeline->sequence->model->operations[index];
	uint32_t thread = history_thread(history, index), end = timeline->sequence->n;

	if (operation->op == FULL_RELEASE && timeline->depth[thread])
		timeline->depth[thread]--;
	if (operation->op != FULL_ACQUIRE)
		return;
	if (history->partner[index] != NO_OPERATION && history->position[history->partner[index]] != NO_OPERATION)
		end = history->position[history->partner[index]];
	add_slice(timeline, thread, history->position[index], end, operation->object,
		  operation->mode == MODE_READ ? KIND_READ : KIND_HELD);
	timeline->depth[thread]++;
}

/* From the thread's last operation on. */
static void add_stuck(struct timeline *timeline, const struct wait *wait)
{
	const struct history *history = timeline->sequence->history;
	uint32_t first = timeline->sequence->model->first_operation[wait->thread],
		 last = history->reached[wait->thread];
	uint32_t from = last > first ? history->position[last - 1] : 0;

	if (wait->object)
		add_slice(timeline, wait->thread, from, timeline->sequence->n, wait->object, KIND_STUCK);
}

static struct json_object *lanes(struct timeline *timeline)
{
	const struct model *model = timeline->sequence->model;
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 1; i < model->n_threads; i++) {
		if (!model->threads[i].index)
			continue;
		timeline->lane_of[i] = (uint32_t)json_object_array_length(list);
		json_object_array_add(list, json_text(names_thread(timeline->names, model, i)));
	}
	return list;
}

static struct json_object *process(struct timeline *timeline)
{
	const struct model *model = timeline->sequence->model;
	struct json_object *object = json_object_new_object();

	timeline->slices = json_object_new_array();
	timeline->lock_names = json_object_new_array();
	timeline->name_of = zeroed_array(model->n_objects, sizeof(*timeline->name_of));
	timeline->lane_of = zeroed_array(model->n_threads, sizeof(*timeline->lane_of));
	timeline->depth = zeroed_array(model->n_threads, sizeof(*timeline->depth));
	json_object_object_add(object, "n", json_object_new_int64(timeline->sequence->n));
	json_object_object_add(object, "lanes", lanes(timeline));
	for (uint32_t i = 0; i < timeline->sequence->n; i++)
		add_operation(timeline, timeline->sequence->operations[i]);
	for (uint32_t i = 0; i < model->n_deadlocks; i++)
		for (uint32_t k = 0; k < model->deadlocks[i].n; k++)
			add_stuck(timeline, &model->deadlocks[i].parts[k]);
	json_object_object_add(object, "names", timeline->lock_names);
	json_object_object_add(object, "slices", timeline->slices);
	free(timeline->name_of);
	free(timeline->lane_of);
	free(timeline->depth);
	return object;
}

struct json_object *html_timeline(const struct report *report, struct json_object *remarks)
{
	struct json_object *list = json_object_new_array();
	uint32_t room = MOST_SLICES;
	struct timeline timeline = {.names = report->names, .room = &room};
	struct sequence *sequences;
	uint32_t n = sequences_new(report->session, &sequences);

	for (uint32_t i = 0; i < n; i++) {
		timeline.sequence = &sequences[i];
		json_object_array_add(list, process(&timeline));
	}
	if (timeline.n_left_out)
		json_object_array_add(remarks,
				      json_text(pool_printf(names_pool(report->names),
							    "The timeline shows the first %d times that a lock was "
							    "held; %" PRIu64 " more were recorded.",
							    MOST_SLICES, timeline.n_left_out)));
	sequences_free(sequences, n);
	return list;
}
