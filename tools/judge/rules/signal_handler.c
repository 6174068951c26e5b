/* SPDX-License-Identifier: MIT */
/* Rule signal-handler: a handler asks for a lock that the thread may hold which it interrupts.
 *
 * The thread can only go on, and release the lock, when the handler has returned.  That needs one place where the lock is
 * taken while a signal can come, and a handler of that signal that takes it, too.  Where it is taken with the signal blocked,
 * the handler cannot come in between.
 */
#include "../draft.h"
#include "../modes.h"
#include "../stuck.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>

/* ---- what happened ---------------------------------------------------------------------------------------------- */

static void report_stuck(struct inquiry *inquiry, const struct stuck *stuck)
{
	if (stuck->n == 1 && stuck_in_handler(inquiry, stuck))
		stuck_report(inquiry, stuck, RULE_SIGNAL_HANDLER,
			     ": the handler waits for %0, which the code holds that it interrupted");
}

/* ---- what can happen -------------------------------------------------------------------------------------------- */

struct handlers {
	struct inquiry *inquiry;
	uint32_t model;
	uint32_t *first, *next;		/* by object, by dependency: chains of dependencies in handlers, + 1 */
};

static bool is_taken(const struct model *model, const struct dep *dep)
{
	return dep->op == OP_ACQUIRE && !(model->objects[dep->object].flags & (OBJECT_RECURSIVE | OBJECT_ERRORCHECK));
}

/* Sent by the thread to itself, by what it does. */
static bool is_of_thread(uint32_t number)
{
	return number == SIGSEGV || number == SIGBUS || number == SIGFPE || number == SIGILL || number == SIGTRAP ||
	       number == SIGABRT || number == SIGSYS;
}

/* What makes it doubtful that the signal comes just then; NULL: nothing. */
static const char *doubt_of(const struct model *model, const struct dep *holder, const struct dep *handler)
{
	const struct stack *stack = &model->stacks[handler->stack];

	if (handler->flags & DEP_TIMED)
		return "The handler waits for a time only.";
	if (holder->thread != handler->thread)
		return "The handler was seen in another thread; perhaps the signal comes only there.";
	if (is_of_thread(stack->signal) || stack->is_own_signal)
		return "The thread sent itself the signal; perhaps it does so only where that does no harm.";
	return NULL;
}

static void report(const struct handlers *handlers, const struct model *model, const struct dep *holder,
		   const struct dep *handler)
{
	struct finding draft = {.rule = RULE_SIGNAL_HANDLER, .class = CLASS_POSSIBLE};
	const char *doubt = doubt_of(model, holder, handler);
	struct pool *pool = handlers->inquiry->pool;
	struct held held = {.object = holder->object, .stack = holder->stack, .mode = holder->mode};
	struct finding_lock lock = draft_lock(model, handler->object);

	draft.severity = doubt ? SEVERITY_WARNING : SEVERITY_ERROR;
	draft_parts(&draft, pool, 1);
	draft_add_lock(&draft, lock);
	draft.parts[0].model = model;
	draft.parts[0].thread = holder->thread;
	draft_want(&draft.parts[0], lock, handler->mode, handler->flags, handler->stack);
	draft_holds(&draft.parts[0], pool, &held, NULL, 1);
	draft_cycle_hold(&draft.parts[0], &lock);
	draft.why = pool_printf(pool, "Signal %u (%s) was not blocked where %%0 was taken, and its handler asks for %%0.%s%s",
				model->stacks[handler->stack].signal, signal_name(model->stacks[handler->stack].signal) ?: "?",
				doubt ? " " : "", doubt ?: "");
	draft_enter(handlers->inquiry, &draft);
}

static bool can_interrupt(const struct model *model, const struct dep *handler, const struct dep *holder)
{
	uint64_t bit = 1ull << (model->stacks[handler->stack].signal - 1);

	return (model->stacks[holder->stack].open_signals & bit) && modes_conflict(holder->mode, handler->mode);
}

static void judge_model(struct handlers *handlers, const struct model *model)
{
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (!is_taken(model, dep) || !model->stacks[dep->stack].signal)
			continue;
		handlers->next[i] = handlers->first[dep->object];
		handlers->first[dep->object] = i + 1;
	}
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (!is_taken(model, dep))
			continue;
		for (uint32_t h = handlers->first[dep->object]; h; h = handlers->next[h - 1])
			if (can_interrupt(model, &model->deps[h - 1], dep))
				report(handlers, model, dep, &model->deps[h - 1]);
	}
}

static bool has_handlers(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_stacks; i++)
		if (model->stacks[i].signal)
			return true;
	return false;
}

void rule_signal_handler(struct inquiry *inquiry)
{
	stuck_each(inquiry, report_stuck);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		const struct model *model = inquiry->session->models[m];
		struct handlers handlers = {.inquiry = inquiry, .model = m};

		if (!has_handlers(model))
			continue;
		handlers.first = zeroed_array(model->n_objects, sizeof(*handlers.first));
		handlers.next = zeroed_array(model->n_deps, sizeof(*handlers.next));
		judge_model(&handlers, model);
		free(handlers.first);
		free(handlers.next);
	}
}
