/* SPDX-License-Identifier: MIT */
/* Tells processes at a standstill from those that were ended while they worked.
 *
 * That all threads wait is not enough: of two that wake each other in turn both are waiting in the live table, while one
 * is on its way.  `snag run` knows when the program ended, and the standstill has to have lasted then.  Of a process that
 * was looked at it is known at once: the kernel says that no thread is on its way, and that nothing but a thread can end
 * these waits.
 */
#include "standstill.h"

#include <stdlib.h>

enum { LASTING_NS = 250000000 };

static bool is_token(const struct wait *wait)
{
	return wait->kind == OBJECT_COND || wait->kind == OBJECT_SEM || wait->kind == OBJECT_BARRIER;
}

static bool is_shared(const struct model *model, const struct wait *wait)
{
	return model->objects[wait->object].flags & OBJECT_PROCESS_SHARED;
}

/* Could there be threads that the live table does not show? */
static bool may_lack_threads(const struct model *model)
{
	return model->caps[CAP_THREADS] || model->lost[LOST_FOREIGN] || model->lost[LOST_NO_SPACE] ||
	       model->lost[LOST_NO_MEMORY] || (model->flags & TRACE_STOPPED);
}

/* Waits to be woken, or for a thread that waits. */
static bool is_asleep(const struct waits *waits, uint32_t i)
{
	const struct live_thread *live = &waits->model->live[i];

	if (!live->is_waiting || (live->wait.flags & DEP_TIMED) || is_shared(waits->model, &live->wait))
		return false;
	if (waits->model->is_inspected && live->activity != ACTIVITY_WAITS)
		return false;
	for (uint64_t e = waits->for_whom.first[i]; e < waits->for_whom.first[i + 1]; e++)
		if (waits->model->live[waits->for_whom.to[e]].is_ended)
			return false;
	return is_token(&live->wait) || waits->model->is_inspected || waits->for_whom.first[i] < waits->for_whom.first[i + 1];
}

static bool has_circle(const struct waits *waits)
{
	uint32_t *component = zeroed_array(waits->model->n_live, sizeof(*component));
	bool has = digraph_components(&waits->for_whom, component) > 0;

	for (uint32_t i = 0; i < waits->model->n_live; i++)
		for (uint64_t e = waits->for_whom.first[i]; e < waits->for_whom.first[i + 1]; e++)
			has |= waits->for_whom.to[e] == i;
	free(component);
	return has;
}

static bool are_all_asleep(const struct waits *waits)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < waits->model->n_live; i++) {
		if (waits->model->live[i].is_ended)
			continue;
		if (!is_asleep(waits, i))
			return false;
		n++;
	}
	return n > 0;
}

/* Does somebody wait for a lock of this one, which waits to be woken? */
static bool is_outer(const struct waits *waits, uint32_t i)
{
	if (!is_token(&waits->model->live[i].wait))
		return false;
	for (uint64_t e = waits->behind.first[i]; e < waits->behind.first[i + 1]; e++)
		if (waits->model->live[waits->behind.to[e]].wait.kind != OBJECT_THREAD)
			return true;
	return false;
}

/* Nothing else that threads wait for may be ended by a signal handler. */
static bool has_semaphore(const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].wait.kind == OBJECT_SEM || model->live[i].wait.kind == OBJECT_FUTEX)
			return true;
	return false;
}

/* Is it known when this process ended? */
static bool has_known_end(const struct session *session, const struct model *model)
{
	return session->end_monotonic_ns && model->pid == session->pid;
}

static bool has_lasted(const struct session *session, const struct model *model)
{
	uint64_t newest = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].wait.since_ns > newest)
			newest = model->live[i].wait.since_ns;
	return session->end_monotonic_ns > newest && session->end_monotonic_ns - newest >= LASTING_NS;
}

static const char *tell_barrier(struct pool *pool, const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++)
		if (model->live[i].wait.kind == OBJECT_BARRIER && model->live[i].remark)
			return pool_printf(pool, " At a barrier %s.", model->live[i].remark);
	return "";
}

static void weigh_inspected(struct standstill *standstill, struct pool *pool, const struct model *model)
{
	bool can_be_woken = model->has_handlers && has_semaphore(model);

	standstill->severity = can_be_woken ? SEVERITY_WARNING : SEVERITY_ERROR;
	standstill->why = pool_printf(pool, "%s%s%s", draft_seen(model),
				      can_be_woken ? ", unless a signal handler is to wake one of them."
						   : ": no other thread is there, and nothing else can end these waits.",
				      tell_barrier(pool, model));
}

static void weigh(struct standstill *standstill, struct inquiry *inquiry)
{
	const struct session *session = inquiry->session;
	const struct model *model = session->models[standstill->model];

	standstill->severity = SEVERITY_WARNING;
	if (model->is_inspected) {
		weigh_inspected(standstill, inquiry->pool, model);
	} else if (!has_known_end(session, model)) {
		standstill->why = "This is how the recording ends. Nothing says for how long it had been so: perhaps a "
				  "thread had just been woken.";
	} else if (has_semaphore(model)) {
		standstill->why = "This happened in the recorded run, unless a signal handler or another process was to "
				  "post a semaphore.";
	} else {
		standstill->severity = SEVERITY_ERROR;
		standstill->why = "This happened in the recorded run.";
	}
}

static void judge_model(struct inquiry *inquiry, uint32_t m, const struct waits *waits, standstill_fn *each)
{
	struct standstill standstill = {.model = m, .waits = waits, .outer = UINT32_MAX};

	if (may_lack_threads(waits->model) || !are_all_asleep(waits) || has_circle(waits))
		return;
	if (has_known_end(inquiry->session, waits->model) && !has_lasted(inquiry->session, waits->model))
		return;
	weigh(&standstill, inquiry);
	for (uint32_t i = 0; i < waits->model->n_live && standstill.outer == UINT32_MAX; i++)
		if (is_outer(waits, i))
			standstill.outer = i;
	each(inquiry, &standstill);
}

void standstill_each(struct inquiry *inquiry, standstill_fn *each)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		struct waits waits;

		waits_init(&waits, inquiry->session->models[m]);
		judge_model(inquiry, m, &waits, each);
		waits_deinit(&waits);
	}
}

static void write_part(struct finding *draft, struct finding_part *part, struct pool *pool, const struct model *model,
		       const struct live_thread *live)
{
	const struct wait *wait = &live->wait;
	struct finding_lock lock = {model, wait->object, live->want_address, wait->kind};

	part->model = model;
	part->thread = wait->thread;
	part->since_ns = wait->since_ns;
	draft_add_lock(draft, lock);
	draft_want(part, lock, wait->mode, wait->flags, wait->stack);
	draft_holds(part, pool, wait->held, live->held_addresses, wait->n_held);
}

void standstill_report(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule, const uint32_t *threads,
		       uint32_t n)
{
	const struct model *model = standstill->waits->model;
	struct finding draft = {.rule = rule, .class = CLASS_OBSERVED, .severity = standstill->severity};

	draft_parts(&draft, inquiry->pool, n);
	for (uint32_t i = 0; i < n; i++)
		write_part(&draft, &draft.parts[i], inquiry->pool, model, &model->live[threads[i]]);
	for (uint32_t i = 1; i < n; i++)
		draft_cycle_hold(&draft.parts[0], &draft.parts[i].want);
	draft.why = pool_printf(inquiry->pool, "%s", standstill->why);
	draft_enter(inquiry, &draft);
}

enum object_kind standstill_waits_for(const struct standstill *standstill)
{
	return standstill->outer == UINT32_MAX ? OBJECT_NONE : standstill->waits->model->live[standstill->outer].wait.kind;
}

void standstill_report_outer(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule)
{
	const struct waits *waits = standstill->waits;
	uint32_t *threads, n = 0, outer = standstill->outer;

	if (outer == UINT32_MAX)
		return;
	threads = zeroed_array(waits->model->n_live + 1, sizeof(*threads));
	threads[n++] = outer;
	for (uint64_t e = waits->behind.first[outer]; e < waits->behind.first[outer + 1]; e++)
		if (waits->model->live[waits->behind.to[e]].wait.kind != OBJECT_THREAD)
			threads[n++] = waits->behind.to[e];
	standstill_report(inquiry, standstill, rule, threads, n);
	free(threads);
}
