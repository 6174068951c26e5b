/* SPDX-License-Identifier: MIT */
/* Rule barrier-cycle: a thread waits at a barrier with a lock in its hand that another party takes on its way there.
 *
 * All parties of a round are needed, so one that is kept away is enough.  Which threads made a round is known from the order
 * that it gave them; what they did in the segments up to it came before their arrival.
 */
#include "../meeting.h"
#include "../modes.h"
#include "../standstill.h"

#include <stdlib.h>

static void report_stuck(struct inquiry *inquiry, const struct standstill *standstill)
{
	if (standstill_waits_for(standstill) == OBJECT_BARRIER)
		standstill_report_outer(inquiry, standstill, RULE_BARRIER_CYCLE);
}

/* ---- what can happen -------------------------------------------------------------------------------------------- */

struct barriers {
	struct inquiry *inquiry;
	uint32_t model;
	struct table acquired;		/* thread and lock -> newest dependency that asks for it, + 1 */
	uint32_t *next_acquired;	/* by dependency */
	struct table round_of;		/* thread and segment -> the arrival that ends it, an edge, + 1 */
	struct table arrived;		/* barrier and round -> newest arrival, + 1 */
	uint32_t *next_arrived;		/* by edge */
	struct order order;
	bool is_ready;
};

static uint64_t key_of(uint32_t a, uint32_t b)
{
	return mix(mix(0, a), b);
}

static void chain(struct table *newest, uint32_t *next, uint64_t key, uint32_t i)
{
	uint32_t *place = table_at(newest, key);

	next[i] = *place;
	*place = i + 1;
}

static void prepare(struct barriers *barriers, const struct model *model)
{
	if (barriers->is_ready)
		return;
	barriers->is_ready = true;
	barriers->next_acquired = zeroed_array(model->n_deps, sizeof(*barriers->next_acquired));
	barriers->next_arrived = zeroed_array(model->n_edges, sizeof(*barriers->next_arrived));
	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_ACQUIRE && !(dep->flags & DEP_TIMED))
			chain(&barriers->acquired, barriers->next_acquired, key_of(dep->thread, dep->object), i);
	}
	for (uint32_t i = 0; i < model->n_edges; i++) {
		const struct edge *edge = &model->edges[i];

		if (edge->kind != EDGE_BARRIER)
			continue;
		*table_at(&barriers->round_of, key_of(edge->from_thread, edge->from_segment)) = i + 1;
		chain(&barriers->arrived, barriers->next_arrived, key_of(edge->object, edge->round), i);
	}
	order_init(&barriers->order, &barriers->inquiry->evidence);
}

static void forget(struct barriers *barriers)
{
	if (!barriers->is_ready)
		return;
	table_deinit(&barriers->acquired);
	table_deinit(&barriers->round_of);
	table_deinit(&barriers->arrived);
	free(barriers->next_acquired);
	free(barriers->next_arrived);
	order_deinit(&barriers->order);
}

/* Which of what a party did on its way to the round asks for the lock, and is most likely to meet the wait? */
static void find_need(struct barriers *barriers, const struct model *model, const struct edge *arrival,
		      const struct held *held, struct meeting *best)
{
	uint32_t i = *table_at(&barriers->acquired, key_of(arrival->from_thread, held->object));

	for (; i; i = barriers->next_acquired[i - 1]) {
		const struct dep *dep = &model->deps[i - 1];
		struct meeting meeting = {.model = barriers->model, .first = best->first, .second = dep};

		if (dep->segment > arrival->from_segment || !modes_conflict(held->mode, dep->mode))
			continue;
		meeting_classify(&meeting, &barriers->order, &barriers->inquiry->evidence);
		if (meeting.class < best->class)
			*best = meeting;
	}
}

static void judge_wait(struct barriers *barriers, const struct model *model, const struct dep *wait)
{
	uint32_t round = *table_at(&barriers->round_of, key_of(wait->thread, wait->segment));
	const struct edge *edge = round ? &model->edges[round - 1] : NULL;

	if (!edge || edge->object != wait->object)
		return;
	for (uint32_t k = 0; k < wait->n_held; k++) {
		struct meeting best = {.first = wait, .class = CLASSES};
		uint32_t i = *table_at(&barriers->arrived, key_of(edge->object, edge->round));

		for (; i; i = barriers->next_arrived[i - 1])
			if (model->edges[i - 1].from_thread != wait->thread)
				find_need(barriers, model, &model->edges[i - 1], &wait->held[k], &best);
		if (best.class < CLASSES)
			meeting_report_token(barriers->inquiry, &best, RULE_BARRIER_CYCLE,
					     "Nothing keeps the first of them from taking %1 first. Perhaps what they say to each "
					     "other by variables does.");
	}
}

static void judge_model(struct barriers *barriers)
{
	const struct model *model = barriers->inquiry->session->models[barriers->model];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *wait = &model->deps[i];

		if (wait->op != OP_WAIT || !wait->n_held || model->objects[wait->object].kind != OBJECT_BARRIER)
			continue;
		prepare(barriers, model);
		judge_wait(barriers, model, wait);
	}
	forget(barriers);
}

void rule_barrier_cycle(struct inquiry *inquiry)
{
	standstill_each(inquiry, report_stuck);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		judge_model(&(struct barriers){.inquiry = inquiry, .model = m});
}
