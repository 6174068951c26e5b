/* SPDX-License-Identifier: MIT */
/* Rule lost-wakeup: a signal of a condition variable comes before the wait for it, and is not remembered.
 *
 * The mutex of a wait keeps what is waited for from changing between the look at it and the wait.  It can do so only where
 * those that signal take it, too, on their way.  Where none of them ever took that mutex, or one of its kind, a signal can
 * come in between.
 */
#include "../meeting.h"
#include "../standstill.h"

#include <stdlib.h>

/* ---- what happened ---------------------------------------------------------------------------------------------- */

static void report_lost(struct inquiry *inquiry, const struct standstill *standstill)
{
	struct finding draft = {.rule = RULE_LOST_WAKEUP, .class = CLASS_OBSERVED, .severity = standstill->severity};
	const struct sleeper *waiter;
	const struct dep *signal;

	if (standstill->outer_waits || standstill_is_starved(inquiry, standstill, &waiter, &signal) ||
	    !standstill_find_lost(standstill, &waiter, &signal))
		return;
	draft_parts(&draft, inquiry->pool, 2);
	standstill_write_part(&draft, &draft.parts[0], inquiry->pool, waiter);
	meeting_write_part(&draft.parts[1], inquiry->pool, waiter->model, signal);
	draft.why = pool_printf(inquiry->pool, "%s Nobody waited for %%0 when it was signalled, and all threads wait now.",
				standstill->why);
	draft_enter(inquiry, &draft);
}

/* ---- what can happen -------------------------------------------------------------------------------------------- */

struct wakeups {
	struct inquiry *inquiry;
	uint32_t model;
	uint32_t *first_signal, *next_signal;	/* by object, by dependency: chains of dependencies + 1 */
	struct table took;		/* thread and kind of mutex -> 1: it has taken one; other kinds of object nobody asks for */
	struct order order;
};

static uint64_t key_of(struct wakeups *wakeups, const struct model *model, uint32_t thread, uint32_t mutex)
{
	return mix(mix(0, thread), evidence_class(&wakeups->inquiry->evidence, wakeups->model, &model->objects[mutex]));
}

static void note(struct wakeups *wakeups, const struct model *model, uint32_t i)
{
	const struct dep *dep = &model->deps[i];

	for (uint32_t k = 0; k < dep->n_held; k++)
		*table_at(&wakeups->took, key_of(wakeups, model, dep->thread, dep->held[k].object)) = 1;
	*table_at(&wakeups->took, key_of(wakeups, model, dep->thread, dep->object)) = 1;
	if (dep->op != OP_SIGNAL)
		return;
	wakeups->next_signal[i] = wakeups->first_signal[dep->object];
	wakeups->first_signal[dep->object] = i + 1;
}

static bool can_be_lost(const struct model *model, const struct dep *wait)
{
	return wait->op == OP_WAIT && wait->aux && !(wait->flags & DEP_TIMED) &&
	       model->objects[wait->object].kind == OBJECT_COND;
}

/* A signal by another thread, when no other that signals has ever taken the mutex of the wait; NULL. */
static const struct dep *find_signal(struct wakeups *wakeups, const struct model *model, const struct dep *wait)
{
	const struct dep *found = NULL;

	for (uint32_t i = wakeups->first_signal[wait->object]; i; i = wakeups->next_signal[i - 1]) {
		const struct dep *signal = &model->deps[i - 1];

		if (signal->thread == wait->thread ||
		    meeting_are_ordered(&wakeups->order, &wakeups->inquiry->evidence, wakeups->model, wait, signal))
			continue;
		if (*table_at(&wakeups->took, key_of(wakeups, model, signal->thread, wait->aux)))
			return NULL;
		found = signal;
	}
	return found;
}

static void report(struct wakeups *wakeups, const struct model *model, const struct dep *wait, const struct dep *signal)
{
	struct finding draft = {.rule = RULE_LOST_WAKEUP, .class = CLASS_POSSIBLE, .severity = SEVERITY_WARNING};
	struct pool *pool = wakeups->inquiry->pool;

	draft_parts(&draft, pool, 2);
	draft_add_lock(&draft, draft_lock(model, wait->object));
	draft_add_lock(&draft, draft_lock(model, wait->aux));
	meeting_write_part(&draft.parts[0], pool, model, wait);
	meeting_write_part(&draft.parts[1], pool, model, signal);
	draft.why = pool_printf(pool, "The wait gives %%1 back, but no thread that was seen to signal %%0 has ever taken %%1, or "
				      "one of its kind.");
	draft_enter(wakeups->inquiry, &draft);
}

static bool has_waits(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_deps; i++)
		if (can_be_lost(model, &model->deps[i]))
			return true;
	return false;
}

static void judge_model(struct wakeups *wakeups, const struct model *model)
{
	wakeups->first_signal = zeroed_array(model->n_objects, sizeof(*wakeups->first_signal));
	wakeups->next_signal = zeroed_array(model->n_deps, sizeof(*wakeups->next_signal));
	order_init(&wakeups->order, &wakeups->inquiry->evidence);
	for (uint32_t i = 0; i < model->n_deps; i++)
		note(wakeups, model, i);
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *wait = &model->deps[i];
		const struct dep *signal = can_be_lost(model, wait) ? find_signal(wakeups, model, wait) : NULL;

		if (signal)
			report(wakeups, model, wait, signal);
	}
	free(wakeups->first_signal);
	free(wakeups->next_signal);
	table_deinit(&wakeups->took);
	order_deinit(&wakeups->order);
}

/* Where dependencies were left out, that nobody took the mutex is not known. */
static bool is_whole(const struct model *model)
{
	return !model->caps[CAP_DEPS_PER_CONTEXT] && !model->caps[CAP_CONTEXTS] && !model->caps[CAP_THREADS_PER_SITE];
}

void rule_lost_wakeup(struct inquiry *inquiry)
{
	standstill_each(inquiry, report_lost);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		const struct model *model = inquiry->session->models[m];
		struct wakeups wakeups = {.inquiry = inquiry, .model = m};

		if (!model->is_present && is_whole(model) && has_waits(model))
			judge_model(&wakeups, model);
	}
}
