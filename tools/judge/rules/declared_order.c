/* SPDX-License-Identifier: MIT */
/* Rule declared-order: the program says that a lock is taken before another one (snag_order()), directly or by way of third
 * ones; and a thread has asked for it with the other one held. */
#include "../draft.h"

#include <stdlib.h>

/* What is said in one model. */
struct said {
	const struct model *model;
	bool *is_named;			/* by object: an order speaks of it */
	uint32_t *queue;		/* objects to look at */
	bool *is_reached;
};

/* Is `second` to be taken after `first`?  Breadth first over what is said. */
static bool is_before(struct said *said, uint32_t first, uint32_t second)
{
	const struct model *model = said->model;
	uint32_t n = 0;

	for (uint32_t i = 0; i < model->n_objects; i++)
		said->is_reached[i] = i == first;
	said->queue[n++] = first;
	for (uint32_t at = 0; at < n && !said->is_reached[second]; at++)
		for (uint32_t i = 0; i < model->n_declared_orders; i++) {
			const struct declared_order *order = &model->declared_orders[i];

			if (order->first == said->queue[at] && !said->is_reached[order->second]) {
				said->is_reached[order->second] = true;
				said->queue[n++] = order->second;
			}
		}
	return said->is_reached[second];
}

static void report(struct inquiry *inquiry, uint32_t m, const struct dep *dep, const struct held *held)
{
	const struct model *model = inquiry->session->models[m];
	struct evidence *evidence = &inquiry->evidence;
	uint64_t locks = mix(evidence_lock(evidence, m, dep->object), evidence_lock(evidence, m, held->object));
	struct finding *finding = docket_enter(&inquiry->docket, RULE_DECLARED_ORDER, CLASS_OBSERVED, SEVERITY_ERROR,
					       locks, evidence_code(evidence, m, held->stack, dep->stack));

	if (!finding)
		return;
	draft_parts(finding, inquiry->pool, 1);
	draft_add_lock(finding, draft_lock(model, dep->object));
	draft_add_lock(finding, draft_lock(model, held->object));
	finding->parts[0].model = model;
	finding->parts[0].thread = dep->thread;
	draft_want(&finding->parts[0], finding->locks[0], dep->mode, dep->flags, dep->stack);
	draft_holds(&finding->parts[0], inquiry->pool, dep->held, NULL, dep->n_held);
	finding->why = pool_printf(inquiry->pool, "This happened in the recorded run. The program says (snag_order) that "
						  "%%0 is taken before %%1.");
}

static void judge_dependency(struct inquiry *inquiry, uint32_t m, struct said *said, const struct dep *dep)
{
	for (uint32_t i = 0; i < dep->n_held; i++)
		if (said->is_named[dep->held[i].object] && dep->held[i].object != dep->object &&
		    is_before(said, dep->object, dep->held[i].object))
			report(inquiry, m, dep, &dep->held[i]);
}

static void judge_model(struct inquiry *inquiry, uint32_t m)
{
	const struct model *model = inquiry->session->models[m];
	struct said said = {.model = model, .is_named = zeroed_array(model->n_objects, sizeof(bool))};

	said.is_reached = zeroed_array(model->n_objects, sizeof(bool));
	said.queue = zeroed_array(model->n_objects, sizeof(*said.queue));
	for (uint32_t i = 0; i < model->n_declared_orders; i++)
		said.is_named[model->declared_orders[i].first] = said.is_named[model->declared_orders[i].second] = true;
	for (uint32_t i = 0; i < model->n_deps; i++)
		if (model->deps[i].op == OP_ACQUIRE && said.is_named[model->deps[i].object])
			judge_dependency(inquiry, m, &said, &model->deps[i]);
	free(said.is_named);
	free(said.is_reached);
	free(said.queue);
}

void rule_declared_order(struct inquiry *inquiry)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		if (inquiry->session->models[m]->n_declared_orders)
			judge_model(inquiry, m);
}
