/* SPDX-License-Identifier: MIT */
/* A full recording as Chrome trace events (JSON), which ui.perfetto.dev and chrome://tracing show: a lane for each thread,
 * a slice for each lock it holds, one for what it is stuck at, an instant for each signal.
 *
 * Slices of one lane must be nested, but locks need not be released in the opposite order of taking: what lies above a lock
 * that is released ends there and begins anew.  The recording has no times; a microsecond stands for one operation.
 */
#include "formats.h"
#include "json.h"
#include "sequence.h"
#include "words.h"

#include <stdlib.h>
#include <string.h>

/* What a thread holds, oldest first: the slices of its lane. */
struct lane {
	uint32_t *acquires; /* operations */
	uint32_t n, capacity;
};

struct trace_writer {
	struct names *names;
	const struct sequence *sequence;
	struct lane *lanes; /* by thread */
	uint64_t now;
	FILE *out;
	bool is_first;
};

/* ---- events ----------------------------------------------------------------------------------------------------- */

static struct json_object *event_new(const struct trace_writer *writer, const char *phase, uint32_t thread)
{
	const struct model *model = writer->sequence->model;
	struct json_object *event = json_object_new_object();

	json_object_object_add(event, "ph", json_text(phase));
	json_object_object_add(event, "pid", json_object_new_int64(model->pid));
	json_object_object_add(event, "tid", json_object_new_int64(thread ? model->threads[thread].tid : 0));
	json_object_object_add(event, "ts", json_object_new_uint64(writer->now));
	return event;
}

static void write_event(struct trace_writer *writer, struct json_object *event)
{
	fputs(writer->is_first ? "\n" : ",\n", writer->out);
	writer->is_first = false;
	json_write(event, JSON_C_TO_STRING_PLAIN, writer->out);
}

static struct json_object *named_event(struct trace_writer *writer, const char *phase, uint32_t thread,
				       const char *name, const char *category)
{
	struct json_object *event = event_new(writer, phase, thread);

	json_object_object_add(event, "name", json_text(name));
	json_object_object_add(event, "cat", json_text(category));
	return event;
}

static void add_argument(struct json_object *event, const char *key, const char *value)
{
	struct json_object *arguments = json_object_new_object();

	json_object_object_add(arguments, key, json_text(value));
	json_object_object_add(event, "args", arguments);
}

static const char *lock_name(struct trace_writer *writer, const struct operation *operation)
{
	struct finding_lock lock = sequence_lock(writer->sequence->model, operation);

	return names_lock(writer->names, &lock);
}

static void write_name(struct trace_writer *writer, uint32_t thread, const char *what, const char *name)
{
	struct json_object *event = named_event(writer, "M", thread, what, "__metadata");

	add_argument(event, "name", name);
	write_event(writer, event);
}

/* ---- slices ----------------------------------------------------------------------------------------------------- */

static void begin_slice(struct trace_writer *writer, uint32_t thread, uint32_t acquire)
{
	const struct model *model = writer->sequence->model;
	const struct operation *operation = &model->operations[acquire];
	struct json_object *event = named_event(writer, "B", thread, lock_name(writer, operation),
						operation->mode == MODE_READ ? "read" : "held");

	add_argument(event, "taken", names_where(writer->names, model, operation->stack));
	write_event(writer, event);
}

static void end_slices(struct trace_writer *writer, uint32_t thread, uint32_t n)
{
	while (n--)
		write_event(writer, event_new(writer, "E", thread));
}

static void push(struct trace_writer *writer, uint32_t thread, uint32_t acquire)
{
	struct lane *lane = &writer->lanes[thread];

	if (lane->n == lane->capacity) {
		lane->capacity = lane->capacity ? 2 * lane->capacity : 8;
		lane->acquires = grow_array(lane->acquires, lane->capacity, sizeof(*lane->acquires));
	}
	lane->acquires[lane->n++] = acquire;
	begin_slice(writer, thread, acquire);
}

/* Ends the newest slice of an object in a lane; false when there is none. */
static bool pop(struct trace_writer *writer, uint32_t thread, uint32_t object)
{
	const struct operation *operations = writer->sequence->model->operations;
	struct lane *lane = &writer->lanes[thread];
	uint32_t at = lane->n;

	while (at > 0 && operations[lane->acquires[at - 1]].object != object)
		at--;
	if (at == 0)
		return false;
	end_slices(writer, thread, lane->n - at + 1);
	memmove(&lane->acquires[at - 1], &lane->acquires[at], (lane->n - at) * sizeof(*lane->acquires));
	lane->n--;
	for (uint32_t i = at - 1; i < lane->n; i++)
		begin_slice(writer, thread, lane->acquires[i]);
	return true;
}

/* Mostly by who has it, else by another thread: the partner is the acquisition that it ends. */
static void release(struct trace_writer *writer, uint32_t thread, uint32_t index)
{
	const struct history *history = writer->sequence->history;
	uint32_t object = writer->sequence->model->operations[index].object, acquire = history->partner[index];

	if (!pop(writer, thread, object) && acquire != NO_OPERATION)
		pop(writer, history_thread(history, acquire), object);
}

static void write_instant(struct trace_writer *writer, uint32_t thread, const struct operation *operation)
{
	const char *verb = operation->op == FULL_SIGNAL ? "signals" : "is woken by";
	const char *name = pool_printf(names_pool(writer->names), "%s %s", verb, lock_name(writer, operation));
	struct json_object *event = named_event(writer, "i", thread, name, "signal");

	json_object_object_add(event, "s", json_text("t"));
	write_event(writer, event);
}

static void write_operation(struct trace_writer *writer, uint32_t index)
{
	const struct operation *operation = &writer->sequence->model->operations[index];
	uint32_t thread = history_thread(writer->sequence->history, index);

	switch (operation->op) {
	case FULL_ACQUIRE:
		push(writer, thread, index);
		break;
	case FULL_RELEASE:
		release(writer, thread, index);
		break;
	case FULL_SIGNAL:
	case FULL_WOKEN:
		write_instant(writer, thread, operation);
		break;
	default:
		break;
	}
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void write_names(struct trace_writer *writer)
{
	const struct model *model = writer->sequence->model;

	write_name(writer, 0, "process_name", base_name(model->exe));
	for (uint32_t i = 1; i < model->n_threads; i++)
		if (model->threads[i].index)
			write_name(writer, i, "thread_name", names_thread(writer->names, model, i));
}

/* Threads that are in a deadlock wait for ever, above all that they hold. */
static void write_stuck(struct trace_writer *writer)
{
	const struct model *model = writer->sequence->model;

	for (uint32_t i = 0; i < model->n_deadlocks; i++)
		for (uint32_t k = 0; k < model->deadlocks[i].n; k++) {
			const struct wait *wait = &model->deadlocks[i].parts[k];
			struct finding_lock lock = {model, wait->object, model->objects[wait->object].address,
						    wait->kind};
			const char *name = pool_printf(names_pool(writer->names), "waits for %s",
						       names_lock(writer->names, &lock));
			struct json_object *event = named_event(writer, "B", wait->thread, name, "stuck");

			add_argument(event, "at", names_where(writer->names, model, wait->stack));
			write_event(writer, event);
		}
}

static void write_sequence(struct trace_writer *writer)
{
	const struct model *model = writer->sequence->model;

	writer->lanes = zeroed_array(model->n_threads, sizeof(*writer->lanes));
	writer->now = 0;
	write_names(writer);
	for (uint32_t i = 0; i < writer->sequence->n; i++) {
		writer->now = i;
		write_operation(writer, writer->sequence->operations[i]);
	}
	write_stuck(writer);
	for (uint32_t i = 0; i < model->n_threads; i++)
		free(writer->lanes[i].acquires);
	free(writer->lanes);
}

int report_perfetto(const struct report *report, bool shows_all, FILE *out, char **ret_why)
{
	struct trace_writer writer = {.names = report->names, .out = out, .is_first = true};
	struct sequence *sequences;
	uint32_t n;

	if (sequences_need(report->session, &sequences, &n, ret_why))
		return -1;
	fputs("{\"displayTimeUnit\":\"ns\",\"otherData\":{\"clock\":\"a microsecond is one recorded operation\"},"
	      "\"traceEvents\":[",
	      out);
	for (uint32_t i = 0; i < n; i++) {
		writer.sequence = &sequences[i];
		write_sequence(&writer);
	}
	fputs("\n]}\n", out);
	sequences_free(sequences, n);
	return 0;
}
