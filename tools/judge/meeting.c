/* SPDX-License-Identifier: MIT */
/* Two dependencies side by side: gates, order, time limits. */
#include "meeting.h"

#include "draft.h"
#include "modes.h"

static uint32_t last_segment(const struct dep *dep)
{
	return dep->flags & DEP_MORE ? LAST_SEGMENT : dep->segment;
}

static bool is_over_before(struct order *order, const struct evidence *evidence, uint32_t m, const struct dep *a,
			   const struct dep *b)
{
	uint32_t first = evidence->first_thread[m];

	return past_find(order_past(order, first + b->thread, b->segment), first + a->thread, last_segment(a)) != NULL;
}

/* A lock that both hold, and cannot hold at once; 0 none. */
static uint32_t find_gate(const struct evidence *evidence, uint32_t m, const struct dep *a, const struct dep *b)
{
	for (uint32_t i = 0; i < a->n_held; i++)
		for (uint32_t k = 0; k < b->n_held; k++)
			if (a->held[i].object == b->held[k].object &&
			    modes_conflict(a->held[i].mode, b->held[k].mode) &&
			    !evidence->is_handed_off[evidence_lock(evidence, m, a->held[i].object)])
				return a->held[i].object;
	return 0;
}

bool meeting_are_ordered(struct order *order, const struct evidence *evidence, uint32_t model, const struct dep *a,
			 const struct dep *b)
{
	return is_over_before(order, evidence, model, a, b) || is_over_before(order, evidence, model, b, a);
}

void meeting_classify(struct meeting *meeting, struct order *order, const struct evidence *evidence)
{
	const struct dep *first = meeting->first, *second = meeting->second;

	meeting->gate = find_gate(evidence, meeting->model, first, second);
	if (meeting->gate)
		meeting->class = CLASS_GUARDED;
	else if (meeting_are_ordered(order, evidence, meeting->model, first, second))
		meeting->class = CLASS_ORDERED;
	else
		meeting->class = CLASS_POSSIBLE;
}

static bool is_timed(const struct meeting *meeting)
{
	return (meeting->first->flags | meeting->second->flags) & DEP_TIMED;
}

enum severity meeting_severity(const struct meeting *meeting)
{
	if (meeting->class != CLASS_POSSIBLE)
		return SEVERITY_NOTE;
	return is_timed(meeting) ? SEVERITY_WARNING : SEVERITY_ERROR;
}

char *meeting_doubt(const struct meeting *meeting, struct pool *pool, struct finding *finding)
{
	switch (meeting->class) {
	case CLASS_GUARDED:
		return pool_printf(pool, "%%%u is held around both, so only one thread at a time can be there.",
				   draft_add_lock(finding, draft_lock(finding->parts[0].model, meeting->gate)));
	case CLASS_ORDERED:
		return pool_printf(pool, "In every run one of the two is over before the other begins.");
	default:
		return is_timed(meeting) ? pool_printf(pool, "Nothing keeps these parts from meeting, but one of the "
							     "waits has a time limit, so it would end by itself.")
					 : NULL;
	}
}

void meeting_write_part(struct finding_part *part, struct pool *pool, const struct model *model, const struct dep *dep)
{
	part->model = model;
	part->thread = dep->thread;
	draft_want(part, draft_lock(model, dep->object), dep->mode, dep->flags, dep->stack);
	draft_holds(part, pool, dep->held, NULL, dep->n_held);
}

void meeting_report_token(struct inquiry *inquiry, const struct meeting *meeting, enum rule rule, const char *why)
{
	const struct model *model = inquiry->session->models[meeting->model];
	struct finding draft = {.rule = rule, .class = meeting->class, .severity = SEVERITY_NOTE};
	struct finding_lock lock = draft_lock(model, meeting->second->object);

	if (meeting->class == CLASS_POSSIBLE)
		draft.severity = SEVERITY_WARNING;
	draft_parts(&draft, inquiry->pool, 2);
	draft_add_lock(&draft, draft_lock(model, meeting->first->object));
	draft_add_lock(&draft, lock);
	meeting_write_part(&draft.parts[0], inquiry->pool, model, meeting->first);
	meeting_write_part(&draft.parts[1], inquiry->pool, model, meeting->second);
	draft_cycle_hold(&draft.parts[0], &lock);
	draft.why = meeting_doubt(meeting, inquiry->pool, &draft) ?: pool_printf(inquiry->pool, "%s", why);
	draft_enter(inquiry, &draft);
}
