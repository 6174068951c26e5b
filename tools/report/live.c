/* SPDX-License-Identifier: MIT */
/* What every thread does now: waits for what, held by whom, since when.
 *
 * A row a thread.  Of those that do just the same and hold nothing (the workers of a pool) the first has a row and the
 * others are counted.
 */
#include "report.h"

#include "words.h"

#include <assert.h>
#include <inttypes.h>
#include <search.h>
#include <stdlib.h>
#include <string.h>

enum {
	FEW = 3,	/* threads that do the same have a row each when there are no more of them */
	MOST_NAME = 24, /* of a name in its column */
};

/* A lock that is held: by whom, and which of their holds it is. */
struct holder {
	uint64_t address;
	uint32_t live, hold;
};

/* What several threads do, in words. */
struct doing {
	const char *text;
	uint32_t n, n_shown;
};

struct table {
	const struct page *page;
	struct names *names;
	const struct model *model;
	bool shows_all, shows_stacks;
	struct holder *holders; /* by address */
	size_t n_holders;
	const char **texts; /* by number in model->live */
	void *doings;	    /* by text, of those that hold nothing */
	int tid_width, name_width;
};

/* ---- words ------------------------------------------------------------------------------------------------------ */

static struct finding_lock wanted_lock(const struct model *model, const struct live_thread *thread)
{
	return (struct finding_lock){model, thread->wait.object, thread->want_address, thread->wait.kind};
}

static struct finding_lock held_lock(const struct model *model, const struct live_thread *thread, uint32_t i)
{
	uint32_t object = thread->wait.held[i].object;

	return (struct finding_lock){model, object, thread->held_addresses[i],
				     object ? model->objects[object].kind : OBJECT_NONE};
}

/* " (taken at bank.c:41)"; "" when that is not known. */
static const char *tell_place(const struct table *table, const char *verb, uint32_t stack)
{
	if (!stack)
		return "";
	return pool_printf(names_pool(table->names), " (%s%s)", verb, names_where(table->names, table->model, stack));
}

static int compare_holders(const void *a, const void *b)
{
	const struct holder *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->live > y->live) - (x->live < y->live);
}

static int compare_address(const void *key, const void *holder)
{
	uint64_t x = *(const uint64_t *)key, y = ((const struct holder *)holder)->address;

	return (x > y) - (x < y);
}

/* ", held by thread 3 (taken at bank.c:41)"; "" when nobody holds it, or nobody knows who. */
static const char *tell_owner(const struct table *table, const struct live_thread *waiter)
{
	const struct holder *found = waiter->wait.kind == OBJECT_THREAD || !table->n_holders
					     ? NULL
					     : bsearch(&waiter->want_address, table->holders, table->n_holders,
						       sizeof(*table->holders), compare_address);
	const struct live_thread *owner;

	if (!found)
		return "";
	while (found > table->holders && found[-1].address == found->address)
		found--;
	owner = &table->model->live[found->live];
	if (owner == waiter)
		return ", which it holds itself";
	return pool_printf(names_pool(table->names), ", held by %s%s%s",
			   names_thread(table->names, table->model, owner->wait.thread),
			   owner->is_ended ? ", which has ended" : "",
			   tell_place(table, "taken ", owner->wait.held[found->hold].stack));
}

/* ", for 3.1 s"; only the shim knows. */
static const char *tell_since(const struct table *table, const struct live_thread *thread)
{
	uint64_t since_ns = thread->wait.since_ns;

	uint64_t ns = table->model->seen_ns - since_ns, s = ns / 1000000000;

	if (!since_ns || since_ns > table->model->seen_ns)
		return "";
	if (s < 60)
		return pool_printf(names_pool(table->names), ", for %.1f s", (double)ns / 1e9);
	if (s < 3600)
		return pool_printf(names_pool(table->names), ", for %" PRIu64 " min %" PRIu64 " s", s / 60, s % 60);
	return pool_printf(names_pool(table->names), ", for %" PRIu64 " h %" PRIu64 " min", s / 3600, s / 60 % 60);
}

static const char *tell_wait(const struct table *table, const struct live_thread *thread)
{
	struct finding_lock lock = wanted_lock(table->model, thread);
	const char *owner = tell_owner(table, thread);
	bool has_remark = thread->remark && !owner[0];

	return pool_printf(names_pool(table->names), "%swaits for " LOCK("%s") "%s%s%s%s%s%s%s",
			   thread->is_loop ? "an event loop, " : "",
			   names_lock_kind_phrase(table->names, &lock), mode_phrase(thread->wait.mode),
			   tell_place(table, "", thread->wait.stack), tell_since(table, thread),
			   thread->wait.flags & DEP_TIMED ? " (a wait that ends by itself)" : "", owner,
			   has_remark ? ", " : "", has_remark ? thread->remark : "");
}

static const char *tell(const struct table *table, const struct live_thread *thread)
{
	if (thread->is_waiting)
		return tell_wait(table, thread);
	if (thread->is_ended)
		return "has ended";
	return pool_printf(names_pool(table->names), "%s%s",
			   thread->doing ?: "runs, or waits for something that is not seen",
			   tell_place(table, "", thread->wait.stack));
}

/* ---- rows ------------------------------------------------------------------------------------------------------- */

static void find_holders(struct table *table)
{
	const struct model *model = table->model;
	size_t n = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		n += model->live[i].wait.n_held;
	table->holders = zeroed_array(n, sizeof(*table->holders));
	for (uint32_t i = 0; i < model->n_live; i++)
		for (uint32_t k = 0; k < model->live[i].wait.n_held; k++)
			table->holders[table->n_holders++] = (struct holder){model->live[i].held_addresses[k], i, k};
	qsort(table->holders, n, sizeof(*table->holders), compare_holders);
}

static int compare_doings(const void *a, const void *b)
{
	return strcmp(((const struct doing *)a)->text, ((const struct doing *)b)->text);
}

static struct doing *doing_of(struct table *table, const char *text)
{
	struct doing probe = {.text = text}, **node = tsearch(&probe, &table->doings, compare_doings);

	assert(node);
	if (*node == &probe) {
		*node = pool_alloc(names_pool(table->names), sizeof(**node));
		(*node)->text = text;
	}
	return *node;
}

/* As much of the name of a function as has room. */
static const char *shorten(const struct table *table, const char *name)
{
	if (strlen(name) <= MOST_NAME)
		return name;
	return pool_printf(names_pool(table->names), "%.*s" MORE, MOST_NAME - 1, name);
}

/* Its name, or the function that it began in: a thread inherits its creator's name, which then says nothing. */
static const char *name_of(const struct table *table, const struct live_thread *live)
{
	const struct model *model = table->model;
	const struct thread *thread = &model->threads[live->wait.thread];
	const char *start = names_start(table->names, model, live->wait.thread);

	if (start && (!thread->name[0] || strcmp(thread->name, model->threads[1].name) == 0))
		return shorten(table, start);
	return thread->name[0] || thread->tid != model->pid ? thread->name : "main";
}

static void measure(struct table *table)
{
	const struct model *model = table->model;

	table->tid_width = table->name_width = 3;
	table->texts = pool_new_array(names_pool(table->names), const char *, model->n_live);
	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct live_thread *live = &model->live[i];
		int tid_width = snprintf(NULL, 0, "%" PRIu32, model->threads[live->wait.thread].tid);
		int name_width = (int)strlen(name_of(table, live));

		table->texts[i] = tell(table, live);
		if (!live->wait.n_held)
			doing_of(table, table->texts[i])->n++;
		table->tid_width = tid_width > table->tid_width ? tid_width : table->tid_width;
		table->name_width = name_width > table->name_width ? name_width : table->name_width;
	}
}

/* How often in a row a lock is there, which its owner has taken again and again. */
static uint32_t count_levels(const struct live_thread *live, uint32_t first)
{
	uint32_t n = 1;

	while (first + n < live->wait.n_held && live->held_addresses[first + n] == live->held_addresses[first])
		n++;
	return n;
}

static void print_holds(const struct table *table, const struct live_thread *live, unsigned indent)
{
	uint32_t n_levels;

	for (uint32_t k = 0; k < live->wait.n_held; k += n_levels) {
		struct finding_lock lock = held_lock(table->model, live, k);
		char levels[32] = "";

		n_levels = count_levels(live, k);
		if (n_levels > 1)
			snprintf(levels, sizeof(levels), ", %" PRIu32 " times", n_levels);
		page_print(table->page, indent, indent + 2, "holds " LOCK("%s") "%s%s%s",
			   names_lock_kind_phrase(table->names, &lock), mode_phrase(live->wait.held[k].mode),
			   tell_place(table, "taken ", live->wait.held[k].stack), levels);
	}
}

static void print_row(const struct table *table, uint32_t i, const char *more)
{
	const struct live_thread *live = &table->model->live[i];
	unsigned hang = 2 + 6 + 2 + (unsigned)table->tid_width + 2 + (unsigned)table->name_width + 2;

	page_print(table->page, 2, hang + 2, STRONG("%6" PRIu32) "  %*" PRIu32 "  %-*s  %s%s", live->wait.thread,
		   table->tid_width, table->model->threads[live->wait.thread].tid, table->name_width,
		   name_of(table, live), table->texts[i], more);
	print_holds(table, live, hang);
	if (table->shows_stacks && live->wait.stack)
		report_text_stack(table->names, table->page, hang, table->model, live->wait.stack);
}

static void print_live(struct table *table, uint32_t i)
{
	struct doing *doing;

	if (table->shows_all || table->model->live[i].wait.n_held) {
		print_row(table, i, "");
		return;
	}
	doing = doing_of(table, table->texts[i]);
	if (doing->n <= FEW)
		print_row(table, i, "");
	else if (!doing->n_shown)
		print_row(table, i,
			  pool_printf(names_pool(table->names),
				      "; so do " STRONG("%" PRIu32 " more threads") " (--all shows them)",
				      doing->n - 1));
	doing->n_shown++;
}

static void forget(void *node)
{
	(void)node; /* the pool owns it */
}

static void print_model(struct table *table)
{
	const struct model *model = table->model;

	find_holders(table);
	measure(table);
	page_print(table->page, 2, 2, FAINT("%6s  %*s  %-*s  %s"), "THREAD", table->tid_width, "TID", table->name_width,
		   "NAME", "WHAT IT DOES");
	for (uint32_t i = 0; i < model->n_live; i++)
		print_live(table, i);
	page_blank(table->page);
	tdestroy(table->doings, forget);
	free(table->holders);
}

struct live_row *report_live_rows(const struct report *report, uint32_t *ret_n)
{
	const struct session *session = report->session;
	struct live_row *rows;
	uint32_t n = 0;

	for (uint32_t m = 0; m < session->n_models; m++)
		n += session->models[m]->n_live;
	rows = pool_new_array(names_pool(report->names), struct live_row, n);
	*ret_n = 0;
	for (uint32_t m = 0; m < session->n_models; m++) {
		const struct model *model = session->models[m];
		struct table table = {.names = report->names, .model = model};

		find_holders(&table);
		measure(&table);
		for (uint32_t i = 0; i < model->n_live; i++)
			rows[(*ret_n)++] = (struct live_row){.model = model,
							     .live = &model->live[i],
							     .tid = model->threads[model->live[i].wait.thread].tid,
							     .name = name_of(&table, &model->live[i]),
							     .text = table.texts[i]};
		tdestroy(table.doings, forget);
		free(table.holders);
	}
	return rows;
}

void report_live_thread(const struct report *report, const struct page *page, const struct live_row *row)
{
	struct table table = {.page = page, .names = report->names, .model = row->model};

	page_print(page, 0, 2, STRONG("%s") ", TID %" PRIu32 ", of process %" PRIu32,
		   names_thread_with_origin(report->names, row->model, row->live->wait.thread), row->tid, row->model->pid);
	page_print(page, 2, 4, "%s", row->text);
	print_holds(&table, row->live, 2);
	if (row->live->wait.stack)
		report_text_stack(report->names, page, 4, row->model, row->live->wait.stack);
}

void report_live(const struct report *report, const struct page *page, bool shows_all, bool shows_stacks)
{
	const struct session *session = report->session;

	for (uint32_t i = 0; i < session->n_models; i++) {
		const struct model *model = session->models[i];
		struct table table = {.page = page,
				      .names = report->names,
				      .model = model,
				      .shows_all = shows_all,
				      .shows_stacks = shows_stacks};

		if (session->n_models > 1)
			page_print(page, 0, 2, STRONG("%s, process %" PRIu32), base_name(model->exe), model->pid);
		print_model(&table);
	}
}
