/* SPDX-License-Identifier: MIT */
/* Rule nested-monitor: a thread waits to be woken with a lock in its hand that the one who would wake it needs.
 *
 * A wait for a condition variable gives back one mutex; an outer lock stays held.  When all that were seen to signal took
 * that lock before, a waiter that comes first keeps them from signalling.  Others may be able to signal that were not
 * seen to: so it is a warning until it happens.
 */
#include "../meeting.h"
#include "../modes.h"
#include "../standstill.h"

#include <stdlib.h>

/* ---- what happened ---------------------------------------------------------------------------------------------- */

static void report_stuck(struct inquiry *inquiry, const struct standstill *standstill)
{
	if (standstill_waits_for(standstill) != OBJECT_BARRIER)
		standstill_report_outer(inquiry, standstill, RULE_NESTED_MONITOR);
}

/* ---- what can happen -------------------------------------------------------------------------------------------- */

struct monitors {
	struct inquiry *inquiry;
	uint32_t model;
	struct table acquired;		/* thread and lock -> first dependency that asks for it, + 1 */
	uint32_t *first_signal, *next_signal;	/* by object, by dependency: chains of dependencies + 1 */
	struct order order;
	bool is_ready;
};

static uint64_t key_of(uint32_t thread, uint32_t object)
{
	return mix(mix(0, thread), object);
}

static void note_dep(struct monitors *monitors, const struct model *model, uint32_t i)
{
	const struct dep *dep = &model->deps[i];
	uint32_t *first;

	if (dep->op == OP_SIGNAL) {
		monitors->next_signal[i] = monitors->first_signal[dep->object];
		monitors->first_signal[dep->object] = i + 1;
	} else if (dep->op == OP_ACQUIRE && !(dep->flags & DEP_TIMED)) {
		first = table_at(&monitors->acquired, key_of(dep->thread, dep->object));
		if (!*first)
			*first = i + 1;
	}
}

static void prepare(struct monitors *monitors, const struct model *model)
{
	if (monitors->is_ready)
		return;
	monitors->is_ready = true;
	monitors->first_signal = zeroed_array(model->n_objects, sizeof(*monitors->first_signal));
	monitors->next_signal = zeroed_array(model->n_deps, sizeof(*monitors->next_signal));
	for (uint32_t i = 0; i < model->n_deps; i++)
		note_dep(monitors, model, i);
	order_init(&monitors->order, &monitors->inquiry->evidence);
}

static void forget(struct monitors *monitors)
{
	if (!monitors->is_ready)
		return;
	table_deinit(&monitors->acquired);
	free(monitors->first_signal);
	free(monitors->next_signal);
	order_deinit(&monitors->order);
	*monitors = (struct monitors){.inquiry = monitors->inquiry};
}

static bool is_monitor_wait(const struct model *model, const struct dep *dep)
{
	enum object_kind kind = model->objects[dep->object].kind;

	return dep->op == OP_WAIT && dep->n_held && !(dep->flags & DEP_TIMED) &&
	       (kind == OBJECT_COND || kind == OBJECT_SEM);
}

/* Where the thread of a signal had asked for the lock before, in a way that the waiter's hold blocks; NULL.  A handler of
 * others' signals runs whether the thread that it interrupts has got the lock or waits for it. */
static const struct dep *need_of(struct monitors *monitors, const struct model *model, uint32_t signal,
				 const struct held *held)
{
	uint32_t acquired = *table_at(&monitors->acquired, key_of(model->deps[signal].thread, held->object));
	const struct stack *stack = &model->stacks[model->deps[signal].stack];

	if (stack->signal && !stack->is_own_signal)
		return NULL;
	if (!acquired || acquired - 1 > signal || !modes_conflict(held->mode, model->deps[acquired - 1].mode))
		return NULL;
	return &model->deps[acquired - 1];
}

/* Do all others that signal need the lock?  The meeting with the one that it is most likely to happen with. */
static bool find_meeting(struct monitors *monitors, const struct model *model, const struct dep *wait,
			 const struct held *held, struct meeting *ret_meeting)
{
	struct meeting best = {.class = CLASSES};

	for (uint32_t i = monitors->first_signal[wait->object]; i; i = monitors->next_signal[i - 1]) {
		struct meeting meeting = {.model = monitors->model, .first = wait};

		if (model->deps[i - 1].thread == wait->thread)
			continue;
		meeting.second = need_of(monitors, model, i - 1, held);
		if (!meeting.second)
			return false;
		meeting_classify(&meeting, &monitors->order, &monitors->inquiry->evidence);
		if (meeting.class < best.class)
			best = meeting;
	}
	*ret_meeting = best;
	return best.class < CLASSES;
}

static void judge_model(struct monitors *monitors)
{
	const struct model *model = monitors->inquiry->session->models[monitors->model];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *wait = &model->deps[i];
		struct meeting meeting;

		if (!is_monitor_wait(model, wait))
			continue;
		prepare(monitors, model);
		for (uint32_t k = 0; k < wait->n_held; k++)
			if (find_meeting(monitors, model, wait, &wait->held[k], &meeting))
				meeting_report_token(monitors->inquiry, &meeting, RULE_NESTED_MONITOR,
						     "Nothing keeps the wait from beginning first, and every thread that was seen "
						     "to signal had taken %1 before. Others may signal, too.");
	}
}

void rule_nested_monitor(struct inquiry *inquiry)
{
	standstill_each(inquiry, report_stuck);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		struct monitors monitors = {.inquiry = inquiry, .model = m};

		judge_model(&monitors);
		forget(&monitors);
	}
}
