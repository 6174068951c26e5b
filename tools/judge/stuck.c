/* SPDX-License-Identifier: MIT */
/* Finds the circles of waiting threads.  The live table comes first: it also tells who waits behind them. */
#include "crowd.h"
#include "standstill.h"
#include "stuck.h"

#include <stdlib.h>

/* ---- the live table --------------------------------------------------------------------------------------------- */

static uint32_t count_behind(const struct crowd *crowd, const uint32_t *ring, uint32_t n)
{
	uint32_t *queue = zeroed_array(crowd->behind.n, sizeof(*queue)), n_queue = 0;
	bool *is_seen = zeroed_array(crowd->behind.n, sizeof(*is_seen));

	for (uint32_t i = 0; i < n; i++) {
		is_seen[ring[i]] = true;
		queue[n_queue++] = ring[i];
	}
	for (uint32_t i = 0; i < n_queue; i++) {
		for (uint64_t e = crowd->behind.first[queue[i]]; e < crowd->behind.first[queue[i] + 1]; e++) {
			uint32_t waiter = crowd->behind.to[e];

			if (!is_seen[waiter])
				queue[n_queue++] = waiter;
			is_seen[waiter] = true;
		}
	}
	free(queue);
	free(is_seen);
	return n_queue - n;
}

static void tell_ring(struct inquiry *inquiry, const struct crowd *crowd, const uint32_t *ring, uint32_t n, stuck_fn *each)
{
	struct stuck_part *parts = zeroed_array(n, sizeof(*parts));
	struct stuck stuck = {.n = n, .parts = parts, .n_behind = count_behind(crowd, ring, n)};

	for (uint32_t i = 0; i < n; i++) {
		const struct crowd_member *member = &crowd->members[ring[i]];
		const struct live_thread *live = member->live;

		parts[i] = (struct stuck_part){member->model, &live->wait, live->want_address, live->held_addresses};
	}
	each(inquiry, &stuck);
	free(parts);
}

static bool waits_for_itself(const struct crowd *crowd, uint32_t i)
{
	for (uint64_t e = crowd->for_whom.first[i]; e < crowd->for_whom.first[i + 1]; e++)
		if (crowd->for_whom.to[e] == i)
			return true;
	return false;
}

/* Each ring once: its threads are barred when it has been told. */
static void each_live(struct inquiry *inquiry, stuck_fn *each)
{
	struct crowd crowd;
	struct ring_search search;
	uint32_t *ring, *component;

	crowd_init(&crowd, &inquiry->evidence);
	ring = zeroed_array(crowd.n, sizeof(*ring));
	component = zeroed_array(crowd.n, sizeof(*component));
	digraph_components(&crowd.for_whom, component);
	ring_search_init(&search, &crowd.for_whom, UINT64_MAX);
	for (uint32_t i = 0; i < crowd.n; i++) {
		bool is_inside = component[i] || waits_for_itself(&crowd, i);
		uint32_t n = is_inside ? ring_search_from(&search, i, ring) : 0;

		if (n)
			tell_ring(inquiry, &crowd, ring, n, each);
		for (uint32_t k = 0; k < n; k++)
			ring_search_bar(&search, ring[k]);
	}
	ring_search_deinit(&search);
	crowd_deinit(&crowd);
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
				.model = m,
				.wait = &deadlock->parts[k],
				.want_address = model->objects[deadlock->parts[k].object].address,
			};
		each(inquiry, &(struct stuck){.n = deadlock->n, .parts = parts});
		free(parts);
	}
}

void stuck_each(struct inquiry *inquiry, stuck_fn *each)
{
	each_live(inquiry, each);
	for (uint32_t m = 0; m < inquiry->session->n_models; m++)
		each_recorded(inquiry, m, each);
}

bool stuck_in_handler(const struct inquiry *inquiry, const struct stuck *stuck)
{
	const struct stuck_part *part = &stuck->parts[0];
	const struct stack *stacks = inquiry->session->models[part->model]->stacks;
	const struct wait *wait = part->wait;

	for (uint32_t i = 0; i < wait->n_held; i++)
		if (wait->held[i].object == wait->object && !stacks[wait->held[i].stack].signal)
			return stacks[wait->stack].signal;
	return false;
}

/* ---- findings --------------------------------------------------------------------------------------------------- */

/* A lock that processes share is shown as the first of them has it, here and with those who hold it. */
static struct finding_lock lock_of(const struct evidence *evidence, uint32_t m, struct finding_lock lock)
{
	const struct model *model = evidence->session->models[m];

	if (!model->objects[lock.object].file)
		return lock;
	return draft_lock_numbered(evidence, evidence_held(evidence, m, lock.object));
}

static struct finding_lock wanted_lock(const struct evidence *evidence, const struct stuck_part *part)
{
	struct finding_lock lock = {
		evidence->session->models[part->model], part->wait->object, part->want_address, part->wait->kind};

	return lock_of(evidence, part->model, lock);
}

static void write_part(struct inquiry *inquiry, const struct stuck *stuck, uint32_t i, struct finding *finding)
{
	const struct evidence *evidence = &inquiry->evidence;
	const struct stuck_part *part = &stuck->parts[i];
	struct finding_part *to = &finding->parts[i];
	struct finding_lock held = wanted_lock(evidence, &stuck->parts[(i + stuck->n - 1) % stuck->n]);

	draft_add_lock(finding, held);
	to->model = inquiry->session->models[part->model];
	to->thread = part->wait->thread;
	to->since_ns = part->wait->since_ns;
	draft_want(to, wanted_lock(evidence, part), part->wait->mode, part->wait->flags, part->wait->stack);
	draft_holds(to, inquiry->pool, part->wait->held, part->held_addresses, part->wait->n_held);
	for (uint32_t k = 0; k < to->n_holds; k++)
		to->holds[k].lock = lock_of(evidence, part->model, to->holds[k].lock);
	draft_cycle_hold(to, &held);
}

/* A semaphore that a thread took as a lock, and which another may post. */
static const struct stuck_part *find_semaphore(const struct stuck *stuck)
{
	for (uint32_t i = 0; i < stuck->n; i++)
		if (stuck->parts[i].wait->kind == OBJECT_SEM)
			return &stuck->parts[i];
	return NULL;
}

/* Weighs it, when nothing but a thread outside of the circle could end it. */
static void weigh(struct inquiry *inquiry, const struct stuck *stuck, struct finding *draft)
{
	const struct stuck_part *semaphore = find_semaphore(stuck);

	if (!semaphore || standstill_is_of(inquiry, draft->parts[0].model))
		return;
	draft->severity = SEVERITY_WARNING;
	draft->why = pool_printf(inquiry->pool, "%s Any thread may post %%%u, but nobody was seen to who had not taken it.",
				 draft->why, draft_add_lock(draft, wanted_lock(&inquiry->evidence, semaphore)));
}

void stuck_report(struct inquiry *inquiry, const struct stuck *stuck, enum rule rule, const char *detail)
{
	struct finding draft = {.rule = rule, .class = CLASS_OBSERVED, .severity = SEVERITY_ERROR};

	draft_parts(&draft, inquiry->pool, stuck->n);
	for (uint32_t i = 0; i < stuck->n; i++)
		write_part(inquiry, stuck, i, &draft);
	draft.why = pool_printf(inquiry->pool, "%s%s.", draft_seen(draft.parts[0].model), detail);
	if (stuck->n_behind)
		draft.why = pool_printf(inquiry->pool, "%s %u more thread%s behind.", draft.why, stuck->n_behind,
					stuck->n_behind == 1 ? " waits" : "s wait");
	weigh(inquiry, stuck, &draft);
	draft_enter(inquiry, &draft);
}
