/* SPDX-License-Identifier: MIT */
/* What holds a process up that no thread of it can end: a signal or a debugger that has stopped it, or one of its
 * threads. */
#include "target.h"

#include <inttypes.h>

/* A process that somebody holds as a whole hangs for that reason alone. */
static const char *what_holds_it(const struct target *target)
{
	uint32_t n_stopped = 0, tracer = 0;
	bool is_traced = false;

	for (uint32_t i = 0; i < target->n_tasks; i++) {
		n_stopped += target->tasks[i].state == 'T' || target->tasks[i].state == 't';
		is_traced |= target->tasks[i].state == 't';
		if (target->tasks[i].tracer)
			tracer = target->tasks[i].tracer;
	}
	if (!n_stopped || n_stopped < target->n_tasks)
		return NULL;
	if (is_traced)
		return pool_printf(target->pool, "its debugger, process %" PRIu32 ", has stopped it", tracer);
	return pool_printf(target->pool, "a signal has stopped it (`kill -CONT %" PRIu32 "` lets it go on)",
			   target->tasks[0].lwp);
}

/* A thread that somebody stops while it has what others wait for holds them up, too. */
static const char *who_holds_it(const struct target *target, const struct model *model)
{
	for (uint32_t i = 0; i < target->n_tasks; i++) {
		const struct task *task = &target->tasks[i];
		char by[64] = "a signal";

		if ((task->state != 'T' && task->state != 't') || !model->live[i].wait.n_held)
			continue;
		if (task->state == 't')
			snprintf(by, sizeof(by), "its debugger, process %" PRIu32 ",", task->tracer);
		return pool_printf(target->pool, "%s has stopped thread %" PRIu32 ", which has what others wait for",
				   by, i + 1);
	}
	return NULL;
}

const char *holdup_tell(const struct target *target, const struct model *model)
{
	const char *whole = what_holds_it(target);

	return whole ? whole : who_holds_it(target, model);
}
