/* SPDX-License-Identifier: MIT */
/* Tells processes at a standstill from those that were ended while they worked.
 *
 * That all threads wait is not enough: of two that wake each other in turn both are waiting in the live table, while
 * one is on its way. `snag run` knows when the program ended, and the standstill has to have lasted then. Of a process
 * that was looked at it is known at once: the kernel says that no thread is on its way, and that nothing but a thread
 * can end these waits.
 */
#include "crowd.h"
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

/* The kernel says so of a process that was looked at.  A signal may end what is no wait of threads for each other. */
static bool is_seen_asleep(const struct model *model, const struct live_thread *live)
{
	return live->activity == ACTIVITY_WAITS && (live->is_waiting || !model->has_handlers);
}

/* Waits to be woken, or for a thread that waits. */
static bool is_asleep(const struct waits *waits, uint32_t i)
{
	const struct live_thread *live = &waits->model->live[i];
	bool is_endless = live->is_waiting && !(live->wait.flags & DEP_TIMED) && !is_shared(waits->model, &live->wait);

	if (!(waits->model->is_inspected ? is_seen_asleep(waits->model, live) : is_endless))
		return false;
	if (is_token(&live->wait))
		return true;
	for (uint64_t e = waits->for_whom.first[i]; e < waits->for_whom.first[i + 1]; e++)
		if (waits->model->live[waits->for_whom.to[e]].is_ended)
			return false;
	return waits->model->is_inspected || waits->for_whom.first[i] < waits->for_whom.first[i + 1];
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

/* Does it wait for the end of a thread?  Perhaps by a semaphore that the thread holds all its life, as Python's do. */
static bool is_end(const struct wait *wait)
{
	return wait->kind == OBJECT_THREAD || wait->kind == OBJECT_SEM;
}

/* Does somebody wait for a lock of this one, which waits to be woken? */
static bool is_outer(const struct waits *waits, uint32_t i)
{
	if (!is_token(&waits->model->live[i].wait) || waits->for_whom.first[i] < waits->for_whom.first[i + 1])
		return false;
	for (uint64_t e = waits->behind.first[i]; e < waits->behind.first[i + 1]; e++)
		if (!is_end(&waits->model->live[waits->behind.to[e]].wait))
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

/* Who has a read-write lock is not known of readers; but it is one of those that wait here, since nobody else is there. */
static const char *tell_remark(struct pool *pool, const struct model *model)
{
	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct live_thread *live = &model->live[i];

		if (live->wait.kind == OBJECT_BARRIER && live->remark)
			return pool_printf(pool, " At a barrier %s.", live->remark);
		if (live->wait.kind == OBJECT_RWLOCK && live->remark)
			return pool_printf(pool,
					   " A read-write lock is waited for, %s: who has it waits here, too, or is gone "
					   "without giving it back.",
					   live->remark);
	}
	return "";
}

/* ---- what it weighs --------------------------------------------------------------------------------------------- */

static void weigh_inspected(struct standstill *standstill, struct pool *pool)
{
	bool can_be_woken = false, is_one = standstill->sleepers[0].model == standstill->sleepers[standstill->n - 1].model;
	const char *remark = "";

	for (uint32_t i = 0; i < standstill->n; i++) {
		const struct model *model = standstill->sleepers[i].model;

		can_be_woken |= model->has_handlers && has_semaphore(model);
		remark = *remark ? remark : tell_remark(pool, model);
	}
	standstill->severity = can_be_woken ? SEVERITY_WARNING : SEVERITY_ERROR;
	standstill->why = pool_printf(pool, "%s%s%s", draft_seen(standstill->sleepers[0].model),
				      can_be_woken ? ", unless a signal handler is to wake one of them."
				      : is_one	   ? ": no other thread is there, and nothing else can end these waits."
						   : ": no other thread of these processes is there, no other process has "
						     "a part in it, and nothing else can end these waits.",
				      remark);
}

static void weigh(struct standstill *standstill, struct inquiry *inquiry)
{
	const struct session *session = inquiry->session;
	const struct model *model = standstill->sleepers[0].model;

	standstill->severity = SEVERITY_WARNING;
	if (model->is_inspected) {
		weigh_inspected(standstill, inquiry->pool);
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

/* ---- which processes -------------------------------------------------------------------------------------------- */

/* The processes of a session, and which of them stand still together. */
struct survey {
	struct inquiry *inquiry;
	struct waits *waits; /* by model */
	bool *stands;	     /* by model: all its threads wait, and nobody outside can wake one */
	uint32_t *group;     /* by model: the lowest number of those that it stands still with */
	bool *has_cause;     /* by model: it waits in a circle, or for somebody who is gone: which is another rule's */
};

static bool can_stand(const struct survey *survey, uint32_t m)
{
	const struct session *session = survey->inquiry->session;
	const struct model *model = session->models[m];

	if (may_lack_threads(model) || !are_all_asleep(&survey->waits[m]))
		return false;
	return !has_known_end(session, model) || model->is_inspected || has_lasted(session, model);
}

/* The model of a process that was looked at, or n_models. */
static uint32_t find_process(const struct session *session, uint32_t pid)
{
	uint32_t m = 0;

	while (m < session->n_models && !(session->models[m]->is_inspected && session->models[m]->pid == pid))
		m++;
	return m;
}

static void unite(struct survey *survey, uint32_t a, uint32_t b)
{
	uint32_t low = survey->group[a] < survey->group[b] ? survey->group[a] : survey->group[b];
	uint32_t high = survey->group[a] ^ survey->group[b] ^ low;

	for (uint32_t m = 0; m < survey->inquiry->session->n_models; m++)
		if (survey->group[m] == high)
			survey->group[m] = low;
}

typedef bool helper_fn(struct survey *survey, uint32_t m, uint32_t helper);

static bool helper_stands(struct survey *survey, uint32_t m, uint32_t helper)
{
	return helper < survey->inquiry->session->n_models && survey->stands[helper];
}

static bool helper_unites(struct survey *survey, uint32_t m, uint32_t helper)
{
	unite(survey, m, helper);
	return true;
}

/* Is it so of each process that can wake a thread of this one? */
static bool each_helper(struct survey *survey, uint32_t m, helper_fn *is_so)
{
	const struct model *model = survey->inquiry->session->models[m];

	for (uint32_t i = 0; i < model->n_live; i++)
		for (uint32_t k = 0; k < model->live[i].n_helpers; k++)
			if (!is_so(survey, m, find_process(survey->inquiry->session, model->live[i].helpers[k])))
				return false;
	return true;
}

/* Takes out what can be woken from outside, until nothing more follows from that. */
static void settle(struct survey *survey)
{
	uint32_t n = survey->inquiry->session->n_models;

	for (bool has_changed = true; has_changed;) {
		has_changed = false;
		for (uint32_t m = 0; m < n; m++)
			if (survey->stands[m] && !each_helper(survey, m, helper_stands)) {
				survey->stands[m] = false;
				has_changed = true;
			}
	}
	for (uint32_t m = 0; m < n; m++)
		if (survey->stands[m])
			each_helper(survey, m, helper_unites);
}

static void find_causes(struct survey *survey)
{
	struct crowd crowd;
	uint32_t *component;

	crowd_init(&crowd, &survey->inquiry->evidence);
	component = zeroed_array(crowd.n, sizeof(*component));
	digraph_components(&crowd.for_whom, component);
	for (uint32_t i = 0; i < crowd.n; i++) {
		bool is_inside = component[i];

		for (uint64_t e = crowd.for_whom.first[i]; e < crowd.for_whom.first[i + 1]; e++)
			is_inside |= crowd.for_whom.to[e] == i || crowd.members[crowd.for_whom.to[e]].live->is_ended;
		if (is_inside)
			survey->has_cause[survey->group[crowd.members[i].model]] = true;
	}
	free(component);
	crowd_deinit(&crowd);
}

static void survey_init(struct survey *survey, struct inquiry *inquiry)
{
	uint32_t n = inquiry->session->n_models;

	*survey = (struct survey){.inquiry = inquiry};
	survey->waits = zeroed_array(n, sizeof(*survey->waits));
	survey->stands = zeroed_array(n, sizeof(*survey->stands));
	survey->group = zeroed_array(n, sizeof(*survey->group));
	survey->has_cause = zeroed_array(n, sizeof(*survey->has_cause));
	for (uint32_t m = 0; m < n; m++) {
		waits_init(&survey->waits[m], inquiry->session->models[m]);
		survey->stands[m] = can_stand(survey, m);
		survey->group[m] = m;
	}
	settle(survey);
	find_causes(survey);
}

static void survey_deinit(struct survey *survey)
{
	for (uint32_t m = 0; m < survey->inquiry->session->n_models; m++)
		waits_deinit(&survey->waits[m]);
	free(survey->waits);
	free(survey->stands);
	free(survey->group);
	free(survey->has_cause);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static void find_outer(struct standstill *standstill, const struct waits *waits)
{
	for (uint32_t i = 0; i < waits->model->n_live && !standstill->outer_waits; i++)
		if (is_outer(waits, i)) {
			standstill->outer_waits = waits;
			standstill->outer = i;
		}
}

static uint32_t add_sleepers(struct sleeper *to, const struct model *model)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_live; i++)
		if (!model->live[i].is_ended)
			to[n++] = (struct sleeper){model, i};
	return n;
}

static void tell_group(const struct survey *survey, uint32_t group, standstill_fn *each)
{
	const struct session *session = survey->inquiry->session;
	struct standstill standstill = {0};
	struct sleeper *sleepers = NULL;

	for (uint32_t m = group; m < session->n_models; m++) {
		if (!survey->stands[m] || survey->group[m] != group)
			continue;
		sleepers = grow_array(sleepers, standstill.n + session->models[m]->n_live, sizeof(*sleepers));
		standstill.n += add_sleepers(&sleepers[standstill.n], session->models[m]);
		find_outer(&standstill, &survey->waits[m]);
	}
	standstill.sleepers = sleepers;
	weigh(&standstill, survey->inquiry);
	each(survey->inquiry, &standstill);
	free(sleepers);
}

void standstill_each(struct inquiry *inquiry, standstill_fn *each)
{
	struct survey survey;

	survey_init(&survey, inquiry);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		if (survey.stands[m] && survey.group[m] == m && !survey.has_cause[m])
			tell_group(&survey, m, each);
	survey_deinit(&survey);
}

bool standstill_is_of(struct inquiry *inquiry, const struct model *model)
{
	struct survey survey;
	bool stands;

	survey_init(&survey, inquiry);
	stands = survey.stands[evidence_number_of(&inquiry->evidence, model)];
	survey_deinit(&survey);
	return stands;
}

void standstill_write_part(struct finding *draft, struct finding_part *part, struct pool *pool, const struct sleeper *sleeper)
{
	const struct live_thread *live = &sleeper->model->live[sleeper->live];
	const struct wait *wait = &live->wait;
	struct finding_lock lock = {sleeper->model, wait->object, live->want_address, wait->kind};

	part->model = sleeper->model;
	part->thread = wait->thread;
	part->since_ns = wait->since_ns;
	draft_holds(part, pool, wait->held, live->held_addresses, wait->n_held);
	if (!live->is_waiting) {
		part->doing = live->doing;
		return;
	}
	draft_add_lock(draft, lock);
	draft_want(part, lock, wait->mode, wait->flags, wait->stack);
}

void standstill_report(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule,
		       const struct sleeper *sleepers, uint32_t n)
{
	struct finding draft = {.rule = rule, .class = CLASS_OBSERVED, .severity = standstill->severity};

	draft_parts(&draft, inquiry->pool, n);
	for (uint32_t i = 0; i < n; i++)
		standstill_write_part(&draft, &draft.parts[i], inquiry->pool, &sleepers[i]);
	for (uint32_t i = 1; i < n; i++)
		draft_cycle_hold(&draft.parts[0], &draft.parts[i].want);
	draft.why = pool_printf(inquiry->pool, "%s", standstill->why);
	draft_enter(inquiry, &draft);
}

enum object_kind standstill_waits_for(const struct standstill *standstill)
{
	const struct waits *waits = standstill->outer_waits;

	return waits ? waits->model->live[standstill->outer].wait.kind : OBJECT_NONE;
}

void standstill_report_outer(struct inquiry *inquiry, const struct standstill *standstill, enum rule rule)
{
	const struct waits *waits = standstill->outer_waits;
	uint32_t n = 0, outer = standstill->outer;
	struct sleeper *sleepers;

	if (!waits)
		return;
	sleepers = zeroed_array(waits->model->n_live + 1, sizeof(*sleepers));
	sleepers[n++] = (struct sleeper){waits->model, outer};
	for (uint64_t e = waits->behind.first[outer]; e < waits->behind.first[outer + 1]; e++)
		if (!is_end(&waits->model->live[waits->behind.to[e]].wait))
			sleepers[n++] = (struct sleeper){waits->model, waits->behind.to[e]};
	standstill_report(inquiry, standstill, rule, sleepers, n);
	free(sleepers);
}

static const struct dep *find_unheard(const struct model *model, const struct wait *wait)
{
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_SIGNAL && (dep->flags & DEP_UNHEARD) && dep->object == wait->object &&
		    dep->thread != wait->thread)
			return dep;
	}
	return NULL;
}

bool standstill_find_lost(const struct standstill *standstill, const struct sleeper **ret_waiter,
			  const struct dep **ret_signal)
{
	for (uint32_t i = 0; i < standstill->n; i++) {
		const struct sleeper *sleeper = &standstill->sleepers[i];
		const struct wait *wait = &sleeper->model->live[sleeper->live].wait;
		const struct dep *signal = wait->kind == OBJECT_COND && wait->object ? find_unheard(sleeper->model, wait) : NULL;

		if (!signal)
			continue;
		*ret_waiter = sleeper;
		*ret_signal = signal;
		return true;
	}
	return false;
}
