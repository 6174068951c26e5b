/* SPDX-License-Identifier: MIT */
/* Finds the circles of waiting threads.  The live table comes first: it also tells who waits behind them. */
#include "draft.h"
#include "stuck.h"
#include "waits.h"

#include <stdlib.h>

/* ---- the live table --------------------------------------------------------------------------------------------- */

static uint32_t count_behind(const struct waits *waits, const uint32_t *ring, uint32_t n)
{
	uint32_t *queue = zeroed_array(waits->behind.n, sizeof(*queue)), n_queue = 0;
	bool *is_seen = zeroed_array(waits->behind.n, sizeof(*is_seen));

	for (uint32_t i = 0; i < n; i++) {
		is_seen[ring[i]] = true;
		queue[n_queue++] = ring[i];
	}
	for (uint32_t i = 0; i < n_queue; i++) {
		for (uint64_t e = waits->behind.first[queue[i]]; e < waits->behind.first[queue[i] + 1]; e++) {
			uint32_t waiter = waits->behind.to[e];

			if (!is_seen[waiter])
				queue[n_queue++] = waiter;
			is_seen[waiter] = true;
		}
	}
	free(queue);
	free(is_seen);
	return n_queue - n;
}

static void tell_ring(struct inquiry *inquiry, uint32_t m, const struct waits *waits, const uint32_t *ring, uint32_t n,
		      stuck_fn *each)
{
	struct stuck_part *parts = zeroed_array(n, sizeof(*parts));
	struct stuck stuck = {.model = m, .n = n, .parts = parts, .n_behind = count_behind(waits, ring, n)};

	for (uint32_t i = 0; i < n; i++) {
		const struct live_thread *live = &waits->model->live[ring[i]];

		parts[i] = (struct stuck_part){&live->wait, live->want_address, live->held_addresses};
	}
	each(inquiry, &stuck);
	free(parts);
}

static bool waits_for_itself(const struct waits *waits, uint32_t i)
{
	for (uint64_t e = waits->for_whom.first[i]; e < waits->for_whom.first[i + 1]; e++)
		if (waits->for_whom.to[e] == i)
			return true;
	return false;
}

/* Each ring once: its threads are barred when it has been told. */
static void each_live(struct inquiry *inquiry, uint32_t m, stuck_fn *each)
{
	const struct model *model = inquiry->session->models[m];
	uint32_t *ring = zeroed_array(model->n_live, sizeof(*ring));
	uint32_t *component = zeroed_array(model->n_live, sizeof(*component));
	struct waits waits;
	struct ring_search search;

	waits_init(&waits, model);
	digraph_components(&waits.for_whom, component);
	ring_search_init(&search, &waits.for_whom, UINT64_MAX);
	for (uint32_t i = 0; i < model->n_live; i++) {
		bool is_inside = component[i] || waits_for_itself(&waits, i);
		uint32_t n = is_inside ? ring_search_from(&search, i, ring) : 0;

		if (n)
			tell_ring(inquiry, m, &waits, ring, n, each);
		for (uint32_t k = 0; k < n; k++)
			ring_search_bar(&search, ring[k]);
	}
	ring_search_deinit(&search);
	waits_deinit(&waits);
	free(component);
	free(ring);
}

/* ---- the record ------------------------------------------------------------------------------------------------- */

/* Is a recorded wait still going on in the table?  Then the table has told of it. */
static bool still_waits(const struct model *model, const struct wait *wait)
{
	for (uint32_t i = 0; i < model->n_live; i++) {
		const struct live_thread *live = &model->live[i];

		if (live->is_waiting && live->wait.thread == wait->thread && live->wait.object == wait->object &&
		    live->wait.since_ns == wait->since_ns)
			return true;
	}
	return false;
}

static void each_recorded(struct inquiry *inquiry, uint32_t m, stuck_fn *each)
{
	const struct model *model = inquiry->session->models[m];

	for (uint32_t i = 0; i < model->n_deadlocks; i++) {
		const struct deadlock *deadlock = &model->deadlocks[i];
		struct stuck_part *parts;

		if (still_waits(model, &deadlock->parts[0]))
			continue;
		parts = zeroed_array(deadlock->n, sizeof(*parts));
		for (uint32_t k = 0; k < deadlock->n; k++)
			parts[k] = (struct stuck_part){
				.wait = &deadlock->parts[k],
				.want_address = model->objects[deadlock->parts[k].object].address,
			};
		each(inquiry, &(struct stuck){.model = m, .n = deadlock->n, .parts = parts});
		free(parts);
	}
}

void stuck_each(struct inquiry *inquiry, stuck_fn *each)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		each_live(inquiry, m, each);
		each_recorded(inquiry, m, each);
	}
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

static struct finding_lock wanted_lock(const struct model *model, const struct stuck_part *part)
{
	return (struct finding_lock){model, part->wait->object, part->want_address, part->wait->kind};
}

static void write_part(struct inquiry *inquiry, const struct stuck *stuck, uint32_t i, struct finding *finding)
{
	const struct model *model = inquiry->session->models[stuck->model];
	const struct stuck_part *part = &stuck->parts[i];
	struct finding_part *to = &finding->parts[i];
	struct finding_lock held = wanted_lock(model, &stuck->parts[(i + stuck->n - 1) % stuck->n]);

	draft_add_lock(finding, held);
	to->model = model;
	to->thread = part->wait->thread;
	to->since_ns = part->wait->since_ns;
	draft_want(to, wanted_lock(model, part), part->wait->mode, part->wait->flags, part->wait->stack);
	draft_holds(to, inquiry->pool, part->wait->held, part->held_addresses, part->wait->n_held);
	draft_cycle_hold(to, &held);
}

void stuck_report(struct inquiry *inquiry, const struct stuck *stuck, enum rule rule, const char *detail)
{
	struct finding draft = {.rule = rule, .class = CLASS_OBSERVED, .severity = SEVERITY_ERROR};

	draft_parts(&draft, inquiry->pool, stuck->n);
	for (uint32_t i = 0; i < stuck->n; i++)
		write_part(inquiry, stuck, i, &draft);
	draft.why = pool_printf(inquiry->pool, "%s%s.", draft_seen(inquiry->session->models[stuck->model]), detail);
	if (stuck->n_behind)
		draft.why = pool_printf(inquiry->pool, "%s %u more thread%s behind.", draft.why, stuck->n_behind,
					stuck->n_behind == 1 ? " waits" : "s wait");
	draft_enter(inquiry, stuck->model, &draft);
}
