/* SPDX-License-Identifier: MIT */
/* What came of steered runs: the verdict over a finding. */
#include "outcome.h"

#include "../report/words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_GATE_MS = 200, MOST_DOUBLINGS = 3 };

/* ---- one run ---------------------------------------------------------------------------------------------------- */

static bool has_act(const struct session *session, enum steer_act act)
{
	for (uint32_t m = 0; m < session->n_models; m++)
		for (uint32_t i = 0; i < session->models[m]->n_steerings; i++)
			if (session->models[m]->steerings[i].act == act)
				return true;
	return false;
}

/* Is this lock, or one like it, among those that are wanted in a finding? */
static bool is_wanted(const struct report *report, uint32_t finding, const char *class)
{
	const struct finding *of = &report->findings[finding];

	for (uint32_t i = 0; i < of->n_parts; i++)
		if (of->parts[i].has_want && strcmp(names_lock_class(report->names, &of->parts[i].want), class) == 0)
			return true;
	return false;
}

static bool wants_no_more(const struct report *a, uint32_t finding_a, const struct report *b, uint32_t finding_b)
{
	const struct finding *of = &a->findings[finding_a];

	for (uint32_t i = 0; i < of->n_parts; i++)
		if (of->parts[i].has_want &&
		    !is_wanted(b, finding_b, names_lock_class(a->names, &of->parts[i].want)))
			return false;
	return true;
}

/* The circle may have closed at another place of the code than was expected. */
static bool is_about_same_locks(const struct target *target, const struct report *report, uint32_t finding)
{
	if (!target->report || report->findings[finding].rule != target->report->findings[target->finding].rule)
		return false;
	return wants_no_more(target->report, target->finding, report, finding) &&
	       wants_no_more(report, finding, target->report, target->finding);
}

/* Was it seen to happen in this run, or were threads stuck when all parts had met? */
static bool is_hit(const struct target *target, const struct report *report, bool is_stuck)
{
	if (is_stuck && has_act(report->session, STEER_MEETING))
		return true;
	for (uint32_t i = 0; i < report->verdict->n_findings; i++)
		if (report->findings[i].class == CLASS_OBSERVED &&
		    (strcmp(report->ids[i], target->id) == 0 || is_about_same_locks(target, report, i)))
			return true;
	return false;
}

static char *words(const char *text)
{
	char *copy = strdup(text);

	if (!copy)
		abort();
	return copy;
}

/* "thread 3 waits at bank.c:41 for `gate`, which thread 2 has" */
static char *say_why_in_vain(const struct report *report, const struct model *model, const struct steering *at)
{
	struct names *names = report->names;
	const char *other = capitalised(names, names_thread(names, model, at->other));
	const char *where = names_where(names, model, at->other_stack);
	const struct object *object = &model->objects[at->object];
	struct finding_lock lock = {model, at->object, object->address, object->kind};

	if (!at->object)
		return words(pool_printf(names_pool(names), "%s waits %s for what %s is still to do.", other, where,
					 names_thread(names, model, at->thread)));
	return words(pool_printf(names_pool(names), "%s waits %s for %s, which %s holds.", other, where,
				 names_lock_phrase(names, &lock), names_thread(names, model, at->thread)));
}

/* A lock says more than a wait to be woken, and that more than a wait for the end of a thread: when one thread has gone on, the
 * others come in vain as well. */
static uint32_t weight_of(const struct steering *at)
{
	if (at->act != STEER_IN_VAIN || !at->other)
		return 0;
	return at->object ? 3 : at->other_kind == OBJECT_THREAD ? 1 : 2;
}

static void add_steering(struct outcome *outcome, const struct report *report, const struct model *model,
			 const struct steering *at)
{
	outcome->n_in_vain += at->act == STEER_IN_VAIN;
	outcome->n_met += at->act == STEER_MEETING;
	if (at->act == STEER_CAME && at->part < OUTCOME_PARTS)
		outcome->has_come[at->part] = true;
	if (weight_of(at) > outcome->apart_weight) {
		free(outcome->apart);
		outcome->apart = say_why_in_vain(report, model, at);
		outcome->apart_weight = weight_of(at);
	}
}

void outcome_add(struct outcome *outcome, const struct target *target, const struct report *report, bool is_stuck)
{
	const struct session *session = report->session;

	outcome->n_runs++;
	outcome->n_hits += is_hit(target, report, is_stuck);
	outcome->n_before += !outcome->n_hits;
	outcome->was_late = has_act(session, STEER_LATE);
	outcome->n_late += outcome->was_late;
	for (uint32_t m = 0; m < session->n_models; m++)
		for (uint32_t i = 0; i < session->models[m]->n_steerings; i++)
			add_steering(outcome, report, session->models[m], &session->models[m]->steerings[i]);
}

uint32_t outcome_gate_ms(const struct outcome *outcome)
{
	return FIRST_GATE_MS << (outcome->n_late < MOST_DOUBLINGS ? outcome->n_late : MOST_DOUBLINGS);
}

void outcome_deinit(struct outcome *outcome)
{
	free(outcome->apart);
}

/* ---- the verdict ------------------------------------------------------------------------------------------------ */

static enum trial_verdict verdict_of(const struct outcome *outcome, uint32_t n_parts)
{
	if (outcome->n_hits)
		return TRIAL_CONFIRMED;
	for (uint32_t i = 0; i < n_parts && i < OUTCOME_PARTS; i++)
		if (!outcome->has_come[i] && !outcome->n_in_vain && !outcome->n_met)
			return TRIAL_UNREACHED;
	/* Who was late once came in time when the others waited longer. */
	return outcome->was_late || outcome->n_late > MOST_DOUBLINGS ? TRIAL_TIMED_OUT : TRIAL_VIOLATED;
}

/* "asks for `b` at x.c:44": the parts to which no thread ever came. */
static const char *say_what_is_missing(const struct outcome *outcome, const struct target *target)
{
	const struct finding *finding = &target->report->findings[target->finding];
	struct names *names = target->report->names;
	const char *text = "";

	for (uint32_t i = 0; i < finding->n_parts && i < OUTCOME_PARTS; i++) {
		const struct finding_part *part = &finding->parts[i];

		if (!outcome->has_come[i])
			text = pool_printf(names_pool(names), "%s%s%s %s", text, *text ? ", or " : "",
					   names_lock_phrase(names, &part->want),
					   names_where(names, part->model, part->want_stack));
	}
	return text;
}

/* Is it known, or of no use, when each thread is to be held back? */
static bool knows_turns(const struct target *target)
{
	const struct finding *finding = &target->report->findings[target->finding];

	return finding->rule != RULE_LOCK_ORDER_CYCLE || finding->class != CLASS_POSSIBLE ||
	       finding->parts[0].model->n_operations;
}

static const char *say_why(const struct outcome *outcome, enum trial_verdict verdict, const struct target *target)
{
	struct pool *pool = names_pool(target->report->names);

	switch (verdict) {
	case TRIAL_VIOLATED:
		if (outcome->n_met)
			return "They all met, and went on.";
		return pool_printf(pool, "Each time a thread had to go on before the others had come%s%s%s",
				   outcome->apart ? ": " : ".", outcome->apart ? outcome->apart : "",
				   knows_turns(target) ? "" : " A recording by --mode full can tell when they may meet.");
	case TRIAL_UNREACHED:
		return pool_printf(pool, "No thread came to ask for %s, holding what it is to hold.",
				   say_what_is_missing(outcome, target));
	case TRIAL_TIMED_OUT:
		return "Threads came to all places, but not at the same time. Perhaps something keeps them apart that is not "
		       "recorded: a pipe, a socket, an atomic variable.";
	default:
		return "";
	}
}

struct trial outcome_conclude(const struct outcome *outcome, const struct target *target, const char *schedule)
{
	enum trial_verdict verdict = verdict_of(outcome, target->report->findings[target->finding].n_parts);

	return (struct trial){
		.finding = words(target->id),
		.verdict = verdict,
		.n_runs = outcome->n_runs,
		.n_hits = outcome->n_hits,
		.n_in_vain = outcome->n_in_vain,
		.schedule = words(schedule),
		.why = words(say_why(outcome, verdict, target)),
	};
}
