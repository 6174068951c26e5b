/* SPDX-License-Identifier: MIT */
/* The report for a person.
 *
 * A finding is told three times, each time in more detail: a title, a paragraph in words (and a picture of its circle), and
 * for each thread what it holds and wants with stacks and source lines.  Then: what to change.
 */
#include "report.h"

#include "../trace/trials.h"
#include "shell.h"
#include "source.h"
#include "suppress.h"
#include "words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	MOST_FRAMES = 12, /* of one stack, and */
	MOST_PARTS = 8,	  /* threads of one finding, unless everything is asked for */
	INDENT = 2,
};

/* What is printed of one finding. */
struct telling {
	const struct page *page;
	const struct session *session;
	struct names *names;
	const struct finding *finding;
	bool shows_all, hides_source;
	const struct frame **shown; /* sites whose source lines have been printed */
	size_t n_shown;
};

/* ---- stacks ----------------------------------------------------------------------------------------------------- */

static bool was_shown(const struct telling *telling, const struct frame *frame)
{
	for (size_t i = 0; i < telling->n_shown; i++)
		if (telling->shown[i]->line == frame->line && strcmp(telling->shown[i]->file, frame->file) == 0)
			return true;
	return false;
}

static void print_source(struct telling *telling, unsigned indent, const struct frame *frame, const char *path)
{
	const struct page *page = telling->page;
	struct source_excerpt excerpt;

	if (telling->hides_source || was_shown(telling, frame))
		return;
	telling->shown = grow_array(telling->shown, telling->n_shown + 1, sizeof(*telling->shown));
	telling->shown[telling->n_shown++] = frame;
	source_read(path, frame->line, frame->module_path, &excerpt);
	for (uint32_t i = 0; i < excerpt.n; i++) {
		uint32_t number = excerpt.first + i;

		if (number == frame->line)
			page_line(page, indent, STRONG("> %5" PRIu32 " | %s"), number, excerpt.lines[i]);
		else
			page_line(page, indent, FAINT("  %5" PRIu32 " | %s"), number, excerpt.lines[i]);
	}
	if (excerpt.n && excerpt.is_newer)
		page_print(page, indent, indent, FAINT("(%s is newer than %s: lines may have moved)"),
			   base_name(frame->file), frame->module);
	source_deinit(&excerpt);
}

static void print_frame(struct telling *telling, unsigned indent, size_t number, const struct frame *frame,
			bool is_site)
{
	const char *function = frame->function ?: "??", *inlined = frame->is_inlined ? " (inlined)" : "";
	char *path;

	if (!frame->file || !frame->line) {
		page_print(telling->page, indent, indent + 4, "#%zu  " STRONG("%s") "%s in %s+0x%" PRIx64, number,
			   function, inlined, frame->module ?: "??", frame->offset);
		return;
	}
	path = source_find(frame->file, frame->module_path);
	page_print(telling->page, indent, indent + 4, "#%zu  " STRONG("%s") "%s at %s:%" PRIu32, number, function,
		   inlined, path ?: frame->file, frame->line);
	if (is_site)
		print_source(telling, indent + 4, frame, path);
	free(path);
}

/* How many frames from number `i` on are the C++ library's own business, told in one line. */
static size_t count_runtime(const struct telling *telling, const struct backtrace *backtrace, size_t i)
{
	size_t n = 0;

	if (telling->shows_all || i == backtrace->site)
		return 0;
	while (i + n < backtrace->n && frame_is_runtime(backtrace->frames[i + n]))
		n++;
	return n > 1 ? n : 0;
}

/* Prints frame number `i` or a few together; returns how many. */
static size_t print_frames(struct telling *telling, unsigned indent, const struct backtrace *backtrace, size_t i)
{
	size_t n = count_runtime(telling, backtrace, i);

	if (n) {
		page_print(telling->page, indent, indent, FAINT(MORE " %zu frames of the runtime library"), n);
		return n;
	}
	print_frame(telling, indent, i, backtrace->frames[i], i == backtrace->site);
	return 1;
}

/* A stack, with the source lines of its site when they have not been shown before. */
static void print_stack(struct telling *telling, unsigned indent, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(telling->names, model, stack);
	size_t n_lines = 0, i = 0;

	for (; i < backtrace->n; n_lines++) {
		if (!telling->shows_all && n_lines >= MOST_FRAMES && i > backtrace->site)
			break;
		i += print_frames(telling, indent, backtrace, i);
	}
	if (i < backtrace->n)
		page_print(telling->page, indent, indent, MORE " %zu more frame%s (--all shows them)", backtrace->n - i,
			   backtrace->n - i == 1 ? "" : "s");
	if (backtrace->is_cut)
		page_print(telling->page, indent, indent, MORE " frames further out were not recorded");
	if (!backtrace->n)
		page_print(telling->page, indent, indent, "no stack was recorded");
}

void report_text_stack(struct names *names, const struct page *page, unsigned indent, const struct model *model,
		       uint32_t stack)
{
	struct telling telling = {.page = page, .names = names, .hides_source = true};

	print_stack(&telling, indent, model, stack);
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static void print_part(struct telling *telling, const struct finding_part *part)
{
	const struct page *page = telling->page;
	const char *thread = names_thread_with_origin(telling->names, part->model, part->thread);

	page_blank(page);
	page_print(page, INDENT, 2 * INDENT, STRONG("%s"), capitalised(telling->names, thread));
	for (uint32_t i = 0; i < part->n_holds; i++) {
		const struct finding_held *held = &part->holds[i];
		bool was_seen = held->stack || !part->model->is_inspected;

		page_print(page, 2 * INDENT, 4 * INDENT, "holds " LOCK("%s") "%s%s",
			   names_lock_phrase(telling->names, &held->lock), mode_phrase(held->mode),
			   was_seen ? ", taken at" : "");
		if (was_seen)
			print_stack(telling, 3 * INDENT, part->model, held->stack);
	}
	if (!part->has_want)
		return;
	page_print(page, 2 * INDENT, 4 * INDENT, "%s " LOCK("%s") "%s at", finding_verb(telling->finding, part),
		   names_lock_phrase(telling->names, &part->want), mode_phrase(part->want_mode));
	print_stack(telling, 3 * INDENT, part->model, part->want_stack);
}

/* Without stacks the story has told everything. */
static bool has_stacks(const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i];

		if (!part->model->is_inspected || part->want_stack)
			return true;
		for (uint32_t k = 0; k < part->n_holds; k++)
			if (part->holds[k].stack)
				return true;
	}
	return false;
}

static void print_parts(struct telling *telling)
{
	uint32_t n = telling->finding->n_parts, n_shown = n;

	if (!telling->shows_all && n > MOST_PARTS + 1)
		n_shown = MOST_PARTS;
	for (uint32_t i = 0; i < n_shown; i++)
		print_part(telling, &telling->finding->parts[i]);
	if (n_shown < n) {
		page_blank(telling->page);
		page_print(telling->page, INDENT, INDENT, MORE " %" PRIu32 " more threads (--all shows them)",
			   n - n_shown);
	}
}

static void print_title(const struct telling *telling)
{
	const char *severity = severity_name(telling->finding->severity);
	const char *title = finding_title(telling->names, telling->finding);

	switch (telling->finding->severity) {
	case SEVERITY_ERROR:
		page_print(telling->page, 0, 2 * INDENT, ERROR("%s:") " " STRONG("%s"), severity, title);
		break;
	case SEVERITY_WARNING:
		page_print(telling->page, 0, 2 * INDENT, WARNING("%s:") " " STRONG("%s"), severity, title);
		break;
	default:
		page_print(telling->page, 0, 2 * INDENT, "%s: %s", severity, title);
	}
}

static void print_reasons(const struct telling *telling)
{
	const struct finding *finding = telling->finding;
	const char *why = finding_why(telling->names, finding);

	if (*why)
		page_print(telling->page, INDENT, INDENT, "Why " STRONG("%s") ": %s", class_name(finding->class), why);
	for (uint32_t i = 0; i < finding->n_assumptions; i++)
		page_print(telling->page, INDENT, INDENT, "Assumed: %s",
			   finding_assumption(telling->names, finding, i));
}

/* What came of trying to make it happen. */
static void print_trial(const struct telling *telling, const struct trial *trial)
{
	const struct session *session = telling->session;

	if (trial->verdict == TRIAL_CONFIRMED) {
		char *schedule = shell_word(trial->schedule);

		page_print(telling->page, INDENT, INDENT, STRONG("To see it again:"));
		page_whole_line(telling->page, 2 * INDENT, "snag confirm --replay %s -- %s", schedule,
				shell_words(names_pool(telling->names), session->argv, session->argc));
		free(schedule);
	} else {
		page_print(telling->page, INDENT, INDENT,
			   "Tried: it did not happen in %" PRIu32 " steered run%s (" STRONG("%s") "). %s",
			   trial->n_runs, plural(trial->n_runs), trial_verdict_name(trial->verdict), trial->why);
	}
}

static const char *seen(const struct telling *telling)
{
	if (telling->finding->count < 2)
		return "";
	return pool_printf(names_pool(telling->names), "; seen %" PRIu64 " times", telling->finding->count);
}

void report_text_finding(const struct report *report, const struct page *page, uint32_t finding, bool shows_all)
{
	struct telling telling = {
		.page = page,
		.session = report->session,
		.names = report->names,
		.finding = &report->findings[finding],
		.shows_all = shows_all,
	};
	const char *advice = finding_advice(report->names, telling.finding);
	const char *story = finding_story(report->names, telling.finding);

	print_title(&telling);
	page_blank(page);
	if (*story)
		page_print(page, INDENT, INDENT, "%s", story);
	print_reasons(&telling);
	if (finding_is_circle(telling.finding) && telling.finding->n_parts > 1) {
		page_blank(page);
		report_text_circle(report, page, finding, shows_all ? UINT32_MAX : MOST_PARTS);
	}
	if (report->trials[finding])
		print_trial(&telling, report->trials[finding]);
	if (has_stacks(telling.finding))
		print_parts(&telling);
	page_blank(page);
	if (advice)
		page_print(page, INDENT, INDENT, STRONG("What to change:") " %s", advice);
	page_print(page, INDENT, INDENT, FAINT("finding %s, %s, %s%s"), report->ids[finding],
		   rule_name(telling.finding->rule), class_name(telling.finding->class), seen(&telling));
	page_blank(page);
	free(telling.shown);
}

/* ---- summary ---------------------------------------------------------------------------------------------------- */

static int compare_pairs(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

/* Pairs of locks of which one was taken while the other was held. */
static uint64_t count_pairs(const struct model *model)
{
	uint64_t *pairs = NULL, n = 0, n_distinct = 0;

	for (uint32_t i = 0; i < model->n_deps; i++)
		n += model->deps[i].op == OP_ACQUIRE ? model->deps[i].n_held : 0;
	pairs = grow_array(NULL, n, sizeof(*pairs));
	n = 0;
	for (uint32_t i = 0; i < model->n_deps; i++)
		for (uint32_t k = 0; k < model->deps[i].n_held && model->deps[i].op == OP_ACQUIRE; k++)
			pairs[n++] = (uint64_t)model->deps[i].held[k].object << 32 | model->deps[i].object;
	qsort(pairs, n, sizeof(*pairs), compare_pairs);
	for (uint64_t i = 0; i < n; i++)
		n_distinct += i == 0 || pairs[i] != pairs[i - 1];
	free(pairs);
	return n_distinct;
}

/* What was watched, for a report in which nothing was found. */
static void print_watched(const struct report *report, const struct page *page)
{
	const struct session *session = report->session;
	uint64_t n_threads = 0, n_locks = 0, n_pairs = 0;

	for (uint32_t i = 0; i < session->n_models; i++) {
		const struct model *model = session->models[i];

		for (uint32_t k = 1; k < model->n_threads; k++)
			n_threads += model->threads[k].index != 0;
		for (uint32_t k = 1; k < model->n_objects; k++)
			n_locks += model->objects[k].id && model->objects[k].kind != OBJECT_THREAD;
		n_pairs += count_pairs(model);
	}
	page_print(page, 0, INDENT,
		   "snag: nothing found%s; watched %" PRIu64 " thread%s, %" PRIu64 " lock%s and %" PRIu64
		   " lock-order pair%s in %" PRIu32 " process%s",
		   report->n[SEVERITY_NOTE] ? " but notes (--all shows them)" : "", n_threads, plural(n_threads),
		   n_locks, plural(n_locks), n_pairs, plural(n_pairs), session->n_models,
		   session->n_models == 1 ? "" : "es");
	page_print(page, 0, INDENT, FAINT("snag: not seen: code that is statically linked, raw futexes, atomics"));
}

static void print_incomplete(const struct report *report, const struct page *page)
{
	for (uint32_t i = 0; i < report->losses.n_reasons; i++)
		page_print(page, 0, INDENT, WARNING("snag: incomplete:") " %s", report->losses.reasons[i]);
	for (uint32_t i = 0; i < report->verdict->n_caps; i++)
		page_print(page, 0, INDENT, WARNING("snag: limit met:") " %s", report->verdict->caps[i]);
}

/* What kept findings out of the report; when everything is shown, also what did not. */
static void print_suppressions(const struct suppressions *suppressions, const struct page *page, bool shows_all)
{
	for (uint32_t i = 0; i < suppressions->n; i++) {
		const struct suppression *of = &suppressions->at[i];

		if (of->n_used || shows_all)
			page_print(page, 0, INDENT, "snag: suppressed %" PRIu64 " finding%s: %s (%s:%" PRIu32 ")",
				   of->n_used, plural(of->n_used), of->name, of->path, of->line);
	}
}

static void print_summary(const struct report *report, const struct page *page, bool shows_all)
{
	const uint32_t *n = report->n;

	if (n[SEVERITY_ERROR] + n[SEVERITY_WARNING] == 0 && !(shows_all && n[SEVERITY_NOTE])) {
		print_watched(report, page);
		return;
	}
	page_print(page, 0, INDENT, "snag: %" PRIu32 " error%s, %" PRIu32 " warning%s, %" PRIu32 " note%s%s",
		   n[SEVERITY_ERROR], plural(n[SEVERITY_ERROR]), n[SEVERITY_WARNING], plural(n[SEVERITY_WARNING]),
		   n[SEVERITY_NOTE], plural(n[SEVERITY_NOTE]),
		   n[SEVERITY_NOTE] && !shows_all ? " (--all shows notes)" : "");
}

void report_text(const struct report *report, const struct page *page, bool shows_all)
{
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (!report->is_told[i] && !report->is_suppressed[i] &&
		    (shows_all || report->findings[i].severity != SEVERITY_NOTE))
			report_text_finding(report, page, i, shows_all);
	if (report->tells_contention)
		report_contention(report, page, shows_all);
	print_incomplete(report, page);
	if (report->suppressions)
		print_suppressions(report->suppressions, page, shows_all);
	print_summary(report, page, shows_all);
}
