/* SPDX-License-Identifier: MIT */
/* snag top: what the threads of processes do, again and again, on a terminal. */
#include "../report/contention.h"
#include "../report/words.h"
#include "../session/analysis.h"
#include "../session/complain.h"
#include "../session/look.h"
#include "../trace/pool.h"
#include "command.h"
#include "screen.h"

#include <argp.h>
#include <curses.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTENDED_SHOWN = 5, ESCAPE = 27 };
enum order { BY_NUMBER, BY_WAIT, BY_NAME, BY_DOING, ORDERS };

static const char *const order_names[ORDERS] = {"number", "time waited", "name", "what they do"};

struct options {
	double delay_s;
	char **targets;
	size_t n_targets;
	bool takes_trees;
};

struct top {
	struct options options;
	struct analysis analysis;
	struct live_row *rows;
	uint32_t n_rows, selected; /* which of the rows */
	enum order order;
	bool is_paused, shows_one;
};

/* ---- the command line ------------------------------------------------------------------------------------------- */

enum { KEY_OF_TREE = 256 };

static const struct argp_option option_table[] = {
	{"delay", 'd', "SECONDS", 0, "Look again after so long (default 1)", 0},
	{"tree", KEY_OF_TREE, NULL, 0, "Look at all processes that PID and its children have begun, too", 0},
	{0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;
	char *end;

	switch (key) {
	case 'd':
		options->delay_s = strtod(argument, &end);
		if (end == argument || *end || !(options->delay_s >= 0.1 && options->delay_s < 3600))
			argp_error(state, "%s: not a number of seconds from 0.1 on", argument);
		return 0;
	case KEY_OF_TREE:
		options->takes_trees = true;
		return 0;
	case ARGP_KEY_ARGS:
		options->targets = &state->argv[state->next];
		options->n_targets = (size_t)(state->argc - state->next);
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a process is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = option_table,
	.parser = parse,
	.args_doc = "PID... | DIR",
	.doc = "Show what the threads of a process do, what they wait for and who holds it, and the most contended "
	       "locks, again "
	       "and again. The process is only looked at, not stopped, and needs no preparation; what waiting has cost "
	       "is known "
	       "under the shim. DIR is a session folder: all processes of it that are alive."
	       "\vKeys: up and down choose a thread, Enter looks at it alone, s sorts by number, time waited, name or "
	       "what they "
	       "do, space stops the screen, q ends.\n\n"
	       "Exit status: 0, 2 when the process cannot be looked at, 64 for a mistake on the command line.",
};

/* ---- looking ---------------------------------------------------------------------------------------------------- */

static enum order comparison; /* qsort() has no argument for it */

static int compare_rows(const void *a, const void *b)
{
	const struct live_row *x = a, *y = b;
	uint64_t since_x = x->live->wait.since_ns ?: UINT64_MAX, since_y = y->live->wait.since_ns ?: UINT64_MAX;
	int r = 0;

	if (comparison == BY_WAIT && since_x != since_y)
		r = since_x < since_y ? -1 : 1;
	else if (comparison == BY_NAME)
		r = strcmp(x->name, y->name);
	else if (comparison == BY_DOING)
		r = strcmp(x->text, y->text);
	if (!r && x->model != y->model)
		r = x->model->pid < y->model->pid ? -1 : 1;
	return r ?: (x->live->wait.thread > y->live->wait.thread) - (x->live->wait.thread < y->live->wait.thread);
}

static void sort(struct top *top)
{
	comparison = top->order;
	if (top->n_rows)
		qsort(top->rows, top->n_rows, sizeof(*top->rows), compare_rows);
}

/* Looks, and goes over to what is seen now; an exit status. */
static int look_again(struct top *top)
{
	struct look look = {.session = zeroed_array(1, sizeof(*look.session)),
			    .forgets_past = true,
			    .takes_trees = top->options.takes_trees};
	uint32_t tid = top->n_rows ? top->rows[top->selected].tid : 0;
	int status = look_at(&look, top->options.targets, top->options.n_targets);

	if (status) {
		session_free(look.session);
		return status;
	}
	if (top->analysis.session)
		analysis_deinit(&top->analysis);
	analysis_init_session(&top->analysis, look.session);
	top->rows = report_live_rows(top->analysis.report, &top->n_rows);
	sort(top);
	top->selected = 0;
	for (uint32_t i = 0; i < top->n_rows; i++)
		if (top->rows[i].tid == tid)
			top->selected = i;
	return EXIT_CLEAN;
}

/* ---- drawing ---------------------------------------------------------------------------------------------------- */

static void draw_head(struct top *top, struct screen *screen)
{
	const struct report *report = top->analysis.report;
	uint32_t n_waiting = 0;

	for (uint32_t i = 0; i < top->n_rows; i++)
		n_waiting += top->rows[i].live->is_waiting;
	page_line(screen_page(screen), 0,
		  "snag top: %s, process %" PRIu32 "%s: %" PRIu32 " thread%s, %" PRIu32 " wait%s for another; by %s%s",
		  base_name(report->session->models[0]->exe), report->session->models[0]->pid,
		  report->session->n_models > 1 ? " and others" : "", top->n_rows, top->n_rows == 1 ? "" : "s", n_waiting,
		  n_waiting == 1 ? "s" : "", order_names[top->order], top->is_paused ? "; stopped" : "");
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report->findings[i].severity != SEVERITY_NOTE)
			page_line(screen_page(screen), 0, "%s: %s", severity_name(report->findings[i].severity),
				  finding_title(report->names, &report->findings[i]));
	page_blank(screen_page(screen));
}

static void draw_contention(struct top *top, struct screen *screen)
{
	uint32_t n;
	const struct contended_lock *locks = contended_locks(top->analysis.report, &n);

	if (n)
		contention_print_head(screen_page(screen));
	for (uint32_t i = 0; i < n && i < CONTENDED_SHOWN; i++)
		contention_print_lock(screen_page(screen), top->analysis.report->names, &locks[i]);
	if (n)
		page_blank(screen_page(screen));
}

/* The rows around the chosen one, as many as have room. */
static void draw_rows(struct top *top, struct screen *screen)
{
	uint32_t n_room = screen_room(screen), first = 0;

	page_line(screen_page(screen), 0, "%7s %6s  %-15s  WHAT IT DOES", "TID", "THREAD", "NAME");
	n_room = n_room > 3 ? n_room - 2 : 1;
	if (top->selected >= n_room)
		first = top->selected - n_room + 1;
	for (uint32_t i = first; i < top->n_rows && i < first + n_room; i++) {
		if (i == top->selected)
			screen_mark(screen);
		page_line(screen_page(screen), 0, "%7" PRIu32 " %6" PRIu32 "  %-15s  %s", top->rows[i].tid,
			  top->rows[i].live->wait.thread, top->rows[i].name, top->rows[i].text);
	}
}

static void draw(struct top *top)
{
	struct screen screen;

	screen_begin(&screen);
	draw_head(top, &screen);
	if (top->shows_one && top->n_rows) {
		report_live_thread(top->analysis.report, screen_page(&screen), &top->rows[top->selected]);
	} else {
		draw_contention(top, &screen);
		draw_rows(top, &screen);
	}
	screen_end(&screen, top->shows_one ? "Enter: back  up, down: another thread  space: stop  q: end"
					   : "up, down: choose  Enter: look at it  s: sort  space: stop  q: end");
}

/* ---- keys ------------------------------------------------------------------------------------------------------- */

/* False: it was the last one. */
static bool obey(struct top *top, int key)
{
	switch (key) {
	case 'q':
		return false;
	case KEY_UP:
		top->selected -= top->selected > 0;
		break;
	case KEY_DOWN:
		top->selected += top->selected + 1 < top->n_rows;
		break;
	case '\n':
	case KEY_ENTER:
		top->shows_one = !top->shows_one;
		break;
	case ESCAPE:
		top->shows_one = false;
		break;
	case 's':
		top->order = (top->order + 1) % ORDERS;
		sort(top);
		break;
	case ' ':
		top->is_paused = !top->is_paused;
		break;
	}
	return true;
}

static int watch(struct top *top)
{
	int key, status = EXIT_CLEAN;

	timeout((int)(top->options.delay_s * 1000));
	do {
		draw(top);
		key = getch();
		if (key == ERR && !top->is_paused)
			status = look_again(top);
	} while (!status && obey(top, key) && !screen_is_gone());
	return status;
}

int command_top(int argc, char **argv)
{
	struct top top = {.options.delay_s = 1};
	int status;

	argp_err_exit_status = EXIT_USAGE;
	argp_parse(&argp, argc, argv, 0, NULL, &top.options);
	if (!isatty(STDOUT_FILENO) || !isatty(STDIN_FILENO)) {
		complain("top: not on a terminal (`snag ps` says the same once, `snag ps --watch` again and again)");
		return EXIT_USAGE;
	}
	status = look_again(&top);
	if (status)
		return status;
	if (screen_open()) {
		complain("top: the terminal (TERM=%s) is of a kind that is not known, or that cannot be written on anywhere "
			 "(`snag ps --watch` does without)",
			 getenv("TERM") ?: "");
		return EXIT_USAGE;
	}
	status = watch(&top);
	screen_close();
	analysis_deinit(&top.analysis);
	if (status)
		complain("top: %s is not there any more", top.options.targets[0]);
	return EXIT_CLEAN;
}
