/* SPDX-License-Identifier: MIT */
/* The report as JSON: the schema is DESIGN, section 6, and a contract with CI systems. */
#include "json.h"

#include "../trace/trials.h"
#include "contention.h"
#include "suppress.h"
#include "words.h"

#include <inttypes.h>
#include <json-c/json.h>
#include <search.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* A lock that a finding speaks of, with its number in "locks". */
struct lock_entry {
	struct finding_lock lock;
	uint32_t id;
};

struct json_writer {
	struct names *names;
	void *tree; /* tsearch tree of struct lock_entry */
	struct json_object *locks;
};

struct json_object *json_text(const char *raw)
{
	char *safe;
	struct json_object *object;

	if (!raw)
		return NULL;
	safe = printable(raw, PRINTABLE_DATA);
	object = json_object_new_string(safe);
	free(safe);
	return object;
}

static struct json_object *hex(uint64_t value)
{
	char digits[2 + 16 + 1];

	snprintf(digits, sizeof(digits), "0x%" PRIx64, value);
	return json_object_new_string(digits);
}

static struct json_object *frame_json(const struct frame *frame)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "function", json_text(frame->function));
	json_object_object_add(object, "file", json_text(frame->file));
	json_object_object_add(object, "line", frame->line ? json_object_new_int64(frame->line) : NULL);
	json_object_object_add(object, "module", json_text(frame->module));
	json_object_object_add(object, "offset", hex(frame->offset));
	json_object_object_add(object, "inlined", json_object_new_boolean(frame->is_inlined));
	return object;
}

static struct json_object *stack_json(struct names *names, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(names, model, stack);
	struct json_object *frames = json_object_new_array();

	for (size_t i = 0; i < backtrace->n; i++)
		json_object_array_add(frames, frame_json(backtrace->frames[i]));
	return frames;
}

/* ---- locks ------------------------------------------------------------------------------------------------------ */

static int compare_locks(const void *a, const void *b)
{
	const struct finding_lock *x = &((const struct lock_entry *)a)->lock;
	const struct finding_lock *y = &((const struct lock_entry *)b)->lock;

	if (x->model != y->model)
		return x->model < y->model ? -1 : 1;
	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->kind > y->kind) - (x->kind < y->kind);
}

static struct json_object *lock_json(struct names *names, const struct lock_entry *entry)
{
	const struct finding_lock *lock = &entry->lock;
	uint32_t created = lock->object ? lock->model->objects[lock->object].create_stack : 0;
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "id", json_object_new_int64(entry->id));
	json_object_object_add(object, "kind", json_text(kind_name(lock->kind)));
	json_object_object_add(object, "name", json_text(names_lock(names, lock)));
	json_object_object_add(object, "address", lock->kind == OBJECT_THREAD ? NULL : hex(lock->address));
	json_object_object_add(object, "created_at", stack_json(names, lock->model, created));
	return object;
}

/* The lock's number; it is added to the list when it is new. */
static struct json_object *lock_id(struct json_writer *writer, const struct finding_lock *lock)
{
	struct lock_entry *entry = pool_alloc(names_pool(writer->names), sizeof(*entry)), **node;

	entry->lock = *lock;
	node = tsearch(entry, &writer->tree, compare_locks);
	if (*node == entry) {
		entry->id = (uint32_t)json_object_array_length(writer->locks) + 1;
		json_object_array_add(writer->locks, lock_json(writer->names, entry));
	}
	return json_object_new_int64((*node)->id);
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static struct json_object *use_json(struct json_writer *writer, const struct model *model,
				    const struct finding_lock *lock, enum object_mode mode, uint32_t stack)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "lock", lock_id(writer, lock));
	json_object_object_add(object, "mode", json_text(mode_name(mode)));
	json_object_object_add(object, "at", stack_json(writer->names, model, stack));
	return object;
}

static struct json_object *part_json(struct json_writer *writer, const struct finding_part *part)
{
	const struct thread *thread = &part->model->threads[part->thread];
	struct json_object *object = json_object_new_object(), *holds = json_object_new_array(), *wants = NULL;

	if (part->has_want)
		wants = use_json(writer, part->model, &part->want, part->want_mode, part->want_stack);
	json_object_object_add(object, "id", json_object_new_int64(part->thread));
	json_object_object_add(object, "tid", json_object_new_int64(thread->tid));
	json_object_object_add(object, "name", json_text(thread->name));
	json_object_object_add(object, "created_at", stack_json(writer->names, part->model, thread->create_stack));
	json_object_object_add(object, "start", json_text(names_start(writer->names, part->model, part->thread)));
	json_object_object_add(object, "wants", wants);
	for (uint32_t i = 0; i < part->n_holds; i++)
		json_object_array_add(holds, use_json(writer, part->model, &part->holds[i].lock, part->holds[i].mode,
						      part->holds[i].stack));
	json_object_object_add(object, "holds", holds);
	return object;
}

static struct json_object *trial_json(const struct trial *trial)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "verdict", json_text(trial_verdict_name(trial->verdict)));
	json_object_object_add(object, "runs", json_object_new_int64(trial->n_runs));
	json_object_object_add(object, "hits", json_object_new_int64(trial->n_hits));
	json_object_object_add(object, "in_vain", json_object_new_int64(trial->n_in_vain));
	json_object_object_add(object, "schedule", *trial->schedule ? json_text(trial->schedule) : NULL);
	json_object_object_add(object, "why", json_text(trial->why));
	return object;
}

static struct json_object *finding_json(struct json_writer *writer, const struct finding *finding, const char *id,
					const struct trial *trial)
{
	struct json_object *object = json_object_new_object();
	struct json_object *assumptions = json_object_new_array(), *threads = json_object_new_array();

	for (uint32_t i = 0; i < finding->n_assumptions; i++)
		json_object_array_add(assumptions, json_text(finding_assumption(writer->names, finding, i)));
	for (uint32_t i = 0; i < finding->n_parts; i++)
		json_object_array_add(threads, part_json(writer, &finding->parts[i]));
	json_object_object_add(object, "id", json_text(id));
	json_object_object_add(object, "rule", json_text(rule_name(finding->rule)));
	json_object_object_add(object, "class", json_text(class_name(finding->class)));
	json_object_object_add(object, "severity", json_text(severity_name(finding->severity)));
	json_object_object_add(object, "title", json_text(finding_title(writer->names, finding)));
	json_object_object_add(object, "why", json_text(finding_why(writer->names, finding)));
	json_object_object_add(object, "assumptions", assumptions);
	json_object_object_add(object, "count", json_object_new_uint64(finding->count));
	json_object_object_add(object, "threads", threads);
	if (trial)
		json_object_object_add(object, "trial", trial_json(trial));
	return object;
}

/* ---- contention ------------------------------------------------------------------------------------------------- */

/* Those that were timed. */
static void add_holds(struct json_object *object, uint64_t n, uint64_t total_ns, uint64_t longest_ns)
{
	json_object_object_add(object, "holds", json_object_new_uint64(n));
	json_object_object_add(object, "held_ns", json_object_new_uint64(total_ns));
	json_object_object_add(object, "longest_held_ns", json_object_new_uint64(longest_ns));
}

static struct json_object *place_json(struct json_writer *writer, const struct model *model,
				      const struct contention *place)
{
	struct json_object *object = json_object_new_object();

	json_object_object_add(object, "mode", json_text(mode_name(place->mode)));
	json_object_object_add(object, "at", stack_json(writer->names, model, place->stack));
	json_object_object_add(object, "held_since", stack_json(writer->names, model, place->owner_stack));
	json_object_object_add(object, "waits", json_object_new_uint64(place->n));
	json_object_object_add(object, "total_ns", json_object_new_uint64(place->total_ns));
	json_object_object_add(object, "longest_ns", json_object_new_uint64(place->longest_ns));
	add_holds(object, place->n_holds, place->held_ns, place->longest_held_ns);
	json_object_object_add(object, "longest_by", json_object_new_int64(place->longest_thread));
	json_object_object_add(object, "longest_for", json_object_new_int64(place->longest_owner));
	return object;
}

static struct json_object *contended_json(struct json_writer *writer, const struct contended_lock *lock)
{
	struct json_object *object = json_object_new_object(), *places = json_object_new_array();

	for (uint32_t i = 0; i < lock->n_places; i++)
		json_object_array_add(places, place_json(writer, lock->lock.model, &lock->places[i]));
	json_object_object_add(object, "pid", json_object_new_int64(lock->lock.model->pid));
	json_object_object_add(object, "lock", lock->lock.object ? lock_id(writer, &lock->lock) : NULL);
	json_object_object_add(object, "waits", json_object_new_uint64(lock->n));
	json_object_object_add(object, "total_ns", json_object_new_uint64(lock->total_ns));
	json_object_object_add(object, "longest_ns", json_object_new_uint64(lock->longest->longest_ns));
	add_holds(object, lock->n_holds, lock->held_ns, lock->longest_held_ns);
	json_object_object_add(object, "places", places);
	return object;
}

static struct json_object *contention_json(struct json_writer *writer, const struct report *report)
{
	struct json_object *list = json_object_new_array();
	uint32_t n;
	const struct contended_lock *locks = contended_locks(report, &n);

	for (uint32_t i = 0; i < n; i++)
		json_object_array_add(list, contended_json(writer, &locks[i]));
	return list;
}

/* ---- processes that were looked at ------------------------------------------------------------------------------ */

/* A thread as it is now, in the form that it has in a finding. */
static struct json_object *live_json(struct json_writer *writer, const struct model *model,
				     const struct live_thread *live)
{
	const struct wait *wait = &live->wait;
	struct finding_part part = {.model = model, .thread = wait->thread, .has_want = live->is_waiting};
	struct json_object *object;

	part.want = (struct finding_lock){model, wait->object, live->want_address, wait->kind};
	part.want_mode = wait->mode;
	part.want_stack = wait->stack;
	part.n_holds = wait->n_held;
	part.holds = pool_new_array(names_pool(writer->names), struct finding_held, wait->n_held);
	for (uint32_t i = 0; i < wait->n_held; i++)
		part.holds[i] = (struct finding_held){{model, wait->held[i].object, live->held_addresses[i],
						       model->objects[wait->held[i].object].kind},
						      wait->held[i].mode,
						      wait->held[i].stack};
	object = part_json(writer, &part);
	json_object_object_add(object, "pid", json_object_new_int64(model->pid));
	json_object_object_add(object, "at", stack_json(writer->names, model, wait->stack));
	json_object_object_add(object, "state",
			       json_text(live->is_ended	    ? "has ended"
					 : live->is_waiting ? wait->flags & DEP_TIMED ? "waits for a time" : "waits"
							    : live->doing));
	return object;
}

/* NULL when no process was looked at: a recording does not know all threads. */
static struct json_object *threads_json(struct json_writer *writer, const struct session *session)
{
	struct json_object *threads = NULL;

	for (uint32_t m = 0; m < session->n_models; m++) {
		const struct model *model = session->models[m];

		if (!model->is_inspected)
			continue;
		threads = threads ?: json_object_new_array();
		for (uint32_t i = 0; i < model->n_live; i++)
			json_object_array_add(threads, live_json(writer, model, &model->live[i]));
	}
	return threads;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static struct json_object *exit_json(const struct session *session)
{
	struct json_object *object;
	char number[16];

	if (!session->has_exit)
		return NULL;
	object = json_object_new_object();
	if (session->exit_code >= 0) {
		json_object_object_add(object, "code", json_object_new_int(session->exit_code));
		return object;
	}
	snprintf(number, sizeof(number), "%d", session->exit_signal);
	json_object_object_add(object, "signal", json_text(signal_name(session->exit_signal) ?: number));
	return object;
}

static struct json_object *program_json(const struct session *session)
{
	struct json_object *object = json_object_new_object(), *argv = json_object_new_array();

	for (uint32_t i = 0; i < session->argc; i++)
		json_object_array_add(argv, json_text(session->argv[i]));
	json_object_object_add(object, "argv", argv);
	json_object_object_add(object, "pid", json_object_new_int64(session->pid));
	json_object_object_add(object, "exit", exit_json(session));
	return object;
}

static struct json_object *lost_json(const struct losses *losses)
{
	struct json_object *object = json_object_new_object(), *reasons = json_object_new_array();

	for (uint32_t i = 0; i < losses->n_reasons; i++)
		json_object_array_add(reasons, json_text(losses->reasons[i]));
	json_object_object_add(object, "records", json_object_new_uint64(losses->records));
	json_object_object_add(object, "reasons", reasons);
	return object;
}

static struct json_object *summary_json(const uint32_t *n)
{
	struct json_object *object = json_object_new_object();

	for (int i = 0; i < SEVERITIES; i++)
		json_object_object_add(object, severity_name(i), json_object_new_int64(n[i]));
	return object;
}

static struct json_object *suppressions_json(const struct suppressions *suppressions)
{
	struct json_object *list = json_object_new_array();

	for (uint32_t i = 0; i < suppressions->n; i++) {
		const struct suppression *of = &suppressions->at[i];
		struct json_object *object = json_object_new_object();

		json_object_object_add(object, "name", json_text(of->name));
		json_object_object_add(object, "file", json_text(of->path));
		json_object_object_add(object, "line", json_object_new_int64(of->line));
		json_object_object_add(object, "used", json_object_new_uint64(of->n_used));
		json_object_array_add(list, object);
	}
	return list;
}

static struct json_object *report_object(const struct report *report, struct json_writer *writer)
{
	const struct verdict *verdict = report->verdict;
	struct json_object *root = json_object_new_object();
	struct json_object *caps = json_object_new_array(), *findings = json_object_new_array();
	struct json_object *threads = threads_json(writer, report->session);

	for (uint32_t i = 0; i < verdict->n_caps; i++)
		json_object_array_add(caps, json_text(verdict->caps[i]));
	for (uint32_t i = 0; i < verdict->n_findings; i++)
		if (!report->is_suppressed[i])
			json_object_array_add(findings, finding_json(writer, &report->findings[i], report->ids[i],
								     report->trials[i]));
	json_object_object_add(root, "snag", json_object_new_int(1));
	json_object_object_add(root, "program", program_json(report->session));
	json_object_object_add(root, "lost", lost_json(&report->losses));
	json_object_object_add(root, "caps", caps);
	json_object_object_add(root, "summary", summary_json(report->n));
	json_object_object_add(root, "findings", findings);
	if (threads)
		json_object_object_add(root, "threads", threads);
	if (report->tells_contention)
		json_object_object_add(root, "contention", contention_json(writer, report));
	json_object_object_add(root, "locks", writer->locks);
	if (report->suppressions)
		json_object_object_add(root, "suppressions", suppressions_json(report->suppressions));
	return root;
}

static void forget(void *node)
{
	(void)node; /* the pool owns it */
}

struct json_object *json_report(const struct report *report)
{
	struct json_writer writer = {report->names, NULL, json_object_new_array()};
	struct json_object *root = report_object(report, &writer);

	tdestroy(writer.tree, forget);
	return root;
}

int json_write(struct json_object *root, int flags, FILE *out)
{
	fputs(json_object_to_json_string_ext(root, flags | JSON_C_TO_STRING_NOSLASHESCAPE), out);
	json_object_put(root);
	return ferror(out) ? -1 : 0;
}

int report_json(const struct report *report, FILE *out)
{
	if (json_write(json_report(report), JSON_C_TO_STRING_PRETTY | JSON_C_TO_STRING_SPACED, out))
		return -1;
	fputc('\n', out);
	return fflush(out) || ferror(out) ? -1 : 0;
}
