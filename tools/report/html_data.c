/* SPDX-License-Identifier: MIT */
/* What the page shows, as JSON. */
#include "html_data.h"

#include "contention.h"
#include "printable.h"
#include "source.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>

enum { MOST_LOCKS = 20000, MOST_THREADS = 20000, MOST_SOURCES = 20000 };

/* ---- findings --------------------------------------------------------------------------------------------------- */

static struct json_object *site_number(struct names *names, const struct model *model, uint32_t stack)
{
	return json_object_new_int64((int64_t)names_stack(names, model, stack)->site);
}

static struct json_object *part_words(struct names *names, const struct finding_part *part)
{
	struct json_object *object = json_object_new_object(), *sites = json_object_new_array();
	const char *title = names_thread_with_origin(names, part->model, part->thread);

	for (uint32_t i = 0; i < part->n_holds; i++)
		json_object_array_add(sites, site_number(names, part->model, part->holds[i].stack));
	if (part->has_want)
		json_object_array_add(sites, site_number(names, part->model, part->want_stack));
	json_object_object_add(object, "title", json_text(capitalised(names, title)));
	json_object_object_add(object, "short", json_text(names_thread(names, part->model, part->thread)));
	json_object_object_add(object, "hold", json_object_new_int(part->cycle_hold));
	json_object_object_add(object, "sites", sites);
	return object;
}

static struct json_object *finding_words(struct names *names, const struct finding *finding)
{
	struct json_object *object = json_object_new_object(), *threads = json_object_new_array();

	for (uint32_t i = 0; i < finding->n_parts; i++)
		json_object_array_add(threads, part_words(names, &finding->parts[i]));
	json_object_object_add(object, "story", json_text(finding_story_plain(names, finding)));
	json_object_object_add(object, "advice", json_text(finding_advice(names, finding)));
	json_object_object_add(object, "verb", json_text(finding_verb(finding, NULL)));
	json_object_object_add(object, "circle", json_object_new_boolean(finding_is_circle(finding)));
	json_object_object_add(object, "threads", threads);
	return object;
}

/* ---- source lines ----------------------------------------------------------------------------------------------- */

static struct json_object *excerpt(const struct frame *frame, const char *path)
{
	struct json_object *object = json_object_new_object(), *lines = json_object_new_array();
	struct source_excerpt excerpt;

	source_read(path, frame->line, frame->module_path, &excerpt);
	for (uint32_t i = 0; i < excerpt.n; i++)
		json_object_array_add(lines, json_text(excerpt.lines[i]));
	json_object_object_add(object, "path", json_text(path));
	json_object_object_add(object, "first", json_object_new_int64(excerpt.first));
	json_object_object_add(object, "lines", lines);
	source_deinit(&excerpt);
	return object;
}

/* As the page makes it of a frame in the report, where the file's name is made safe likewise. */
static const char *source_key(struct names *names, const struct frame *frame)
{
	char *file = printable(frame->file, PRINTABLE_DATA);
	const char *key = pool_printf(names_pool(names), "%s:%" PRIu32, file, frame->line);

	free(file);
	return key;
}

static void add_sources(struct json_object *sources, struct names *names, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(names, model, stack);

	for (size_t i = 0; i < backtrace->n; i++) {
		const struct frame *frame = backtrace->frames[i];
		const char *key;
		char *path;

		if (!frame->file || !frame->line || json_object_object_length(sources) >= MOST_SOURCES)
			continue;
		key = source_key(names, frame);
		if (json_object_object_get_ex(sources, key, NULL))
			continue;
		path = source_find(frame->file, frame->module_path);
		if (path)
			json_object_object_add(sources, key, excerpt(frame, path));
		free(path);
	}
}

static struct json_object *all_sources(const struct report *report)
{
	struct json_object *sources = json_object_new_object();

	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		for (uint32_t k = 0; k < report->findings[i].n_parts; k++) {
			const struct finding_part *part = &report->findings[i].parts[k];

			add_sources(sources, report->names, part->model, part->want_stack);
			for (uint32_t h = 0; h < part->n_holds; h++)
				add_sources(sources, report->names, part->model, part->holds[h].stack);
		}
	return sources;
}

/* ---- tables ----------------------------------------------------------------------------------------------------- */

/* How often an object of one process comes up. */
struct tally {
	uint32_t nested, outer, findings;
};

static void count_deps(const struct model *model, struct tally *tallies)
{
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_ACQUIRE && dep->n_held)
			tallies[dep->object].nested++;
		for (uint32_t k = 0; k < dep->n_held; k++)
			tallies[dep->held[k].object].outer++;
	}
}

static void count_finding(const struct model *model, const struct finding *finding, struct tally *tallies)
{
	for (uint32_t i = 0; i < finding->n_locks; i++)
		if (finding->locks[i].model == model)
			tallies[finding->locks[i].object].findings++;
}

static const char *birthplace(struct names *names, const struct model *model, const struct object *object)
{
	uint32_t stack = object->create_stack ?: object->first_stack;

	return stack ? names_where(names, model, stack) : NULL;
}

static struct json_object *lock_row(struct names *names, const struct model *model, uint32_t id,
				    const struct tally *tally)
{
	const struct object *object = &model->objects[id];
	struct finding_lock lock = {model, id, object->address, object->kind};
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "name", json_text(names_lock(names, &lock)));
	json_object_object_add(row, "kind", json_text(kind_name(object->kind)));
	json_object_object_add(row, "address",
			       json_text(pool_printf(names_pool(names), "0x%" PRIx64, object->address)));
	json_object_object_add(row, "created", json_text(birthplace(names, model, object)));
	json_object_object_add(row, "nested", json_object_new_int64(tally->nested));
	json_object_object_add(row, "outer", json_object_new_int64(tally->outer));
	json_object_object_add(row, "findings", json_object_new_int64(tally->findings));
	return row;
}

static uint64_t add_locks(struct json_object *rows, const struct report *report, const struct model *model)
{
	struct tally *tallies = zeroed_array(model->n_objects, sizeof(*tallies));
	uint64_t n_left_out = 0;

	count_deps(model, tallies);
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (!report->is_suppressed[i])
			count_finding(model, &report->findings[i], tallies);
	for (uint32_t i = 1; i < model->n_objects; i++) {
		if (!model->objects[i].id || model->objects[i].kind == OBJECT_THREAD)
			continue;
		if (json_object_array_length(rows) < MOST_LOCKS || tallies[i].findings)
			json_object_array_add(rows, lock_row(report->names, model, i, &tallies[i]));
		else
			n_left_out++;
	}
	free(tallies);
	return n_left_out;
}

static const char *thread_state(struct names *names, const struct model *model, uint32_t index)
{
	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct wait *wait = &model->live[i].wait;
		struct finding_lock lock = {model, wait->object, model->live[i].want_address, wait->kind};

		if (wait->thread == index && model->live[i].is_waiting)
			return pool_printf(names_pool(names), "waits for %s %s", names_lock_phrase(names, &lock),
					   names_where(names, model, wait->stack));
	}
	return model->threads[index].is_ended ? "has ended" : "was there at the end";
}

static struct json_object *thread_row(struct names *names, const struct model *model, uint32_t index)
{
	const struct thread *thread = &model->threads[index];
	const char *created = thread->create_stack ? names_where(names, model, thread->create_stack) : NULL;
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "thread", json_text(names_thread(names, model, index)));
	json_object_object_add(row, "tid", json_object_new_int64(thread->tid));
	json_object_object_add(row, "start", json_text(names_start(names, model, index)));
	json_object_object_add(row, "created", json_text(created));
	json_object_object_add(row, "state", json_text(thread_state(names, model, index)));
	return row;
}

static uint64_t add_threads(struct json_object *rows, struct names *names, const struct model *model)
{
	uint64_t n_left_out = 0;

	for (uint32_t i = 1; i < model->n_threads; i++) {
		if (!model->threads[i].index)
			continue;
		if (json_object_array_length(rows) < MOST_THREADS)
			json_object_array_add(rows, thread_row(names, model, i));
		else
			n_left_out++;
	}
	return n_left_out;
}

static void add_remark(struct json_object *remarks, struct names *names, uint64_t n_left_out, const char *what)
{
	if (n_left_out)
		json_object_array_add(
			remarks, json_text(pool_printf(names_pool(names), "%" PRIu64 " more %s are not in the table.",
						       n_left_out, what)));
}

static struct json_object *contention_row(struct names *names, const struct contended_lock *lock,
					  const struct contention *place)
{
	const struct model *model = lock->lock.model;
	const char *taken = place->owner_stack ? names_where(names, model, place->owner_stack) : NULL;
	struct json_object *row = json_object_new_object();

	json_object_object_add(row, "lock", json_text(names_lock(names, &lock->lock)));
	json_object_object_add(row, "n", json_object_new_uint64(place->n));
	json_object_object_add(row, "total", json_text(duration_phrase(names, place->total_ns)));
	json_object_object_add(row, "total_ns", json_object_new_uint64(place->total_ns));
	json_object_object_add(row, "longest", json_text(duration_phrase(names, place->longest_ns)));
	json_object_object_add(row, "longest_ns", json_object_new_uint64(place->longest_ns));
	json_object_object_add(row, "held", json_text(place->n_holds ? duration_phrase(names, place->longest_held_ns) : NULL));
	json_object_object_add(row, "held_ns", json_object_new_uint64(place->longest_held_ns));
	json_object_object_add(row, "at", json_text(names_where(names, model, place->stack)));
	json_object_object_add(row, "taken", json_text(taken));
	return row;
}

/* A row for each place where a lock was waited for. */
static struct json_object *contention_rows(const struct report *report)
{
	struct json_object *rows = json_object_new_array();
	uint32_t n;
	const struct contended_lock *locks = contended_locks(report, &n);

	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < locks[i].n_places; k++)
			json_object_array_add(rows, contention_row(report->names, &locks[i], &locks[i].places[k]));
	return rows;
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void add_tables(struct json_object *data, const struct report *report, struct json_object *remarks)
{
	struct json_object *threads = json_object_new_array(), *locks = json_object_new_array();
	uint64_t n_threads = 0, n_locks = 0;

	for (uint32_t m = 0; m < report->session->n_models; m++) {
		n_threads += add_threads(threads, report->names, report->session->models[m]);
		n_locks += add_locks(locks, report, report->session->models[m]);
	}
	add_remark(remarks, report->names, n_threads, "threads");
	add_remark(remarks, report->names, n_locks, "locks");
	json_object_object_add(data, "threads", threads);
	json_object_object_add(data, "locks", locks);
}

struct json_object *html_data(const struct report *report)
{
	struct json_object *data = json_object_new_object(), *words = json_object_new_array();
	struct json_object *remarks = json_object_new_array();

	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (!report->is_suppressed[i])
			json_object_array_add(words, finding_words(report->names, &report->findings[i]));
	json_object_object_add(data, "report", json_report(report));
	json_object_object_add(data, "words", words);
	json_object_object_add(data, "sources", all_sources(report));
	add_tables(data, report, remarks);
	json_object_object_add(data, "contention", contention_rows(report));
	json_object_object_add(data, "timeline", html_timeline(report, remarks));
	json_object_object_add(data, "remarks", remarks);
	return data;
}
