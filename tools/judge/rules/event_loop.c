/* SPDX-License-Identifier: MIT */
/* Rule event-loop-blocked: a thread that serves many waits long for a lock. The shim tells of waits that are over; one that
 * still lasts is in the live table.
 */
#include "../misuse.h"
#include "../standstill.h"
#include "../waits.h"

/* When the live table was so, or 0. */
static uint64_t now_of(const struct session *session, const struct model *model)
{
	if (model->is_inspected)
		return model->seen_ns;
	return model->pid == session->pid ? session->end_monotonic_ns : 0;
}

static bool waits_long(const struct session *session, const struct model *model, const struct live_thread *live)
{
	uint64_t now = now_of(session, model), since = live->wait.since_ns;

	return live->is_loop && wait_is_endless(live) && live->wait.kind != OBJECT_THREAD && live->wait.object && since &&
	       now > since && now - since >= TRACE_LOOP_WAIT_NS;
}

/* Does an error say why it waits? */
static bool has_cause(const struct docket *docket, const struct model *model, uint32_t thread)
{
	for (uint32_t i = 0; i < docket->n; i++) {
		const struct finding *finding = &docket->entries[i].finding;

		for (uint32_t k = 0; k < finding->n_parts; k++)
			if (finding->class == CLASS_OBSERVED && finding->severity == SEVERITY_ERROR &&
			    finding->parts[k].model == model && finding->parts[k].thread == thread)
				return true;
	}
	return false;
}

static void write_parts(struct finding *draft, struct pool *pool, const struct waits *waits, uint32_t loop)
{
	uint64_t first = waits->for_whom.first[loop], end = waits->for_whom.first[loop + 1];

	draft_parts(draft, pool, 1 + (uint32_t)(end - first));
	standstill_write_part(draft, &draft->parts[0], pool, &(struct sleeper){waits->model, loop});
	for (uint32_t i = 1; i < draft->n_parts; i++) {
		uint32_t owner = waits->for_whom.to[first + i - 1];

		standstill_write_part(draft, &draft->parts[i], pool, &(struct sleeper){waits->model, owner});
		draft_cycle_hold(&draft->parts[i], &draft->parts[0].want);
	}
}

static uint32_t held_stack(const struct finding *finding)
{
	const struct finding_part *owner = &finding->parts[finding->n_parts - 1];

	return owner->cycle_hold < 0 ? 0 : owner->holds[owner->cycle_hold].stack;
}

static void report(struct inquiry *inquiry, uint32_t m, const struct waits *waits, uint32_t loop)
{
	struct finding draft = {.rule = RULE_EVENT_LOOP_BLOCKED, .class = CLASS_OBSERVED, .severity = SEVERITY_WARNING};
	const struct wait *wait = &waits->model->live[loop].wait;
	struct finding *finding;

	write_parts(&draft, inquiry->pool, waits, loop);
	draft.why = pool_printf(inquiry->pool, "%s for half a second or more. Nothing says that it will not end.",
				draft_seen(waits->model));
	finding = docket_enter(&inquiry->docket, draft.rule, draft.class, draft.severity,
			       mix(0, evidence_lock(&inquiry->evidence, m, wait->object)),
			       evidence_code(&inquiry->evidence, m, held_stack(&draft), wait->stack));
	if (finding)
		*finding = draft;
}

static void judge_live(struct inquiry *inquiry, uint32_t m)
{
	const struct model *model = inquiry->session->models[m];
	struct waits waits;

	for (uint32_t i = 0; i < model->n_live; i++) {
		if (!waits_long(inquiry->session, model, &model->live[i]) ||
		    has_cause(&inquiry->docket, model, model->live[i].wait.thread))
			continue;
		waits_init(&waits, model);
		report(inquiry, m, &waits, i);
		waits_deinit(&waits);
	}
}

void rule_event_loop(struct inquiry *inquiry)
{
	static const struct misuse misuse = {
		.kind = EVENT_LOOP_WAITED,
		.rule = RULE_EVENT_LOOP_BLOCKED,
		.severity = SEVERITY_WARNING,
		.why = "This happened in the recorded run: the wait took half a second or more.",
	};

	misuse_report(inquiry, &misuse);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		judge_live(inquiry, m);
}
