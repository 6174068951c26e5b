/* SPDX-License-Identifier: MIT */
/* One run becomes rows of a baseline. */
#include "baseline.h"

#include "../report/words.h"

#include <assert.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

/* Rows of one run are counted once, however often the run has them: they go through a table of their own. */
static const char begin_run[] =
	"BEGIN;\n"
	"CREATE TEMP TABLE own (held, wanted, held_mode, wanted_mode, held_in, wanted_in, thread, guards,\n"
	"  PRIMARY KEY (held, wanted, held_mode, wanted_mode, held_in, wanted_in, thread, guards)) WITHOUT ROWID;\n";
static const char end_run[] =
	"INSERT INTO edges SELECT *, 1 FROM own WHERE true ON CONFLICT DO UPDATE SET runs = runs + 1;\n"
	"DROP TABLE own;\n"
	"COMMIT;\n";

/* Names come from the program; what is not UTF-8 in them is written out. */
static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
	sqlite3_bind_text(statement, at, printable(text, PRINTABLE_DATA), -1, free);
}

static void run_once(sqlite3_stmt *statement)
{
	int r = sqlite3_step(statement);

	assert(r == SQLITE_DONE);
	sqlite3_reset(statement);
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static void add_findings(struct baseline *baseline, const struct report *report)
{
	sqlite3_stmt *insert = baseline_prepare(
		baseline, "INSERT INTO findings VALUES (?, ?, ?, ?, ?, 1) ON CONFLICT DO UPDATE SET\n"
			  "  severity = min(severity, excluded.severity), class = min(class, excluded.class),\n"
			  "  title = min(title, excluded.title), runs = runs + 1");

	for (uint32_t i = 0; i < report->verdict->n_findings; i++) {
		const struct finding *finding = &report->findings[i];

		if (report->is_suppressed[i])
			continue;
		bind_text(insert, 1, report->ids[i]);
		bind_text(insert, 2, rule_name(finding->rule));
		sqlite3_bind_int(insert, 3, (int)finding->severity);
		sqlite3_bind_int(insert, 4, (int)finding->class);
		bind_text(insert, 5, finding_title(report->names, finding));
		run_once(insert);
	}
	sqlite3_finalize(insert);
}

/* ---- lock order ------------------------------------------------------------------------------------------------- */

static const char *lock_class(struct names *names, const struct model *model, uint32_t object)
{
	struct finding_lock lock = {model, object, model->objects[object].address, model->objects[object].kind};

	return names_lock_class(names, &lock);
}

static int compare_texts(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The classes of all locks held but one, each once, as a JSON array. */
static const char *guards_of(struct names *names, const struct model *model, const struct dep *dep, uint32_t but)
{
	const char **classes = pool_new_array(names_pool(names), const char *, dep->n_held);
	struct json_object *list = json_object_new_array();
	const char *text;
	uint32_t n = 0;

	for (uint32_t i = 0; i < dep->n_held; i++)
		if (i != but)
			classes[n++] = lock_class(names, model, dep->held[i].object);
	qsort(classes, n, sizeof(*classes), compare_texts);
	for (uint32_t i = 0; i < n; i++)
		if (i == 0 || strcmp(classes[i], classes[i - 1]) != 0)
			json_object_array_add(list, json_object_new_string(classes[i]));
	text = pool_printf(names_pool(names), "%s", json_object_to_json_string_ext(list, JSON_C_TO_STRING_PLAIN));
	json_object_put(list);
	return text;
}

static const char *thread_kind(struct names *names, const struct model *model, uint32_t thread)
{
	if (model->threads[thread].tid == model->pid)
		return "main";
	return names_start(names, model, thread) ?: "?";
}

static void add_dep(sqlite3_stmt *insert, struct names *names, const struct model *model, const struct dep *dep)
{
	for (uint32_t i = 0; i < dep->n_held; i++) {
		const struct held *held = &dep->held[i];

		bind_text(insert, 1, lock_class(names, model, held->object));
		bind_text(insert, 2, lock_class(names, model, dep->object));
		bind_text(insert, 3, mode_name(held->mode));
		bind_text(insert, 4, mode_name(dep->mode));
		bind_text(insert, 5, names_code(names, model, held->stack));
		bind_text(insert, 6, names_code(names, model, dep->stack));
		bind_text(insert, 7, thread_kind(names, model, dep->thread));
		bind_text(insert, 8, guards_of(names, model, dep, i));
		run_once(insert);
	}
}

static void add_edges(struct baseline *baseline, const struct report *report)
{
	sqlite3_stmt *insert = baseline_prepare(baseline, "INSERT OR IGNORE INTO own VALUES (?, ?, ?, ?, ?, ?, ?, ?)");

	for (uint32_t m = 0; m < report->session->n_models; m++) {
		const struct model *model = report->session->models[m];

		for (uint32_t i = 0; i < model->n_deps; i++)
			if (model->deps[i].op == OP_ACQUIRE)
				add_dep(insert, report->names, model, &model->deps[i]);
	}
	sqlite3_finalize(insert);
}

void baseline_add_run(struct baseline *baseline, const struct report *report)
{
	baseline_execute(baseline, begin_run);
	baseline_execute(baseline, report->losses.can_hide
					   ? "UPDATE runs SET n = n + 1, n_incomplete = n_incomplete + 1"
					   : "UPDATE runs SET n = n + 1");
	add_findings(baseline, report);
	add_edges(baseline, report);
	baseline_execute(baseline, end_run);
}
