/* SPDX-License-Identifier: MIT */
/* Rule orphaned-lock: a thread waits for a lock whose owner has ended, or is a thread of the process that this one was
 * forked from.  The live table keeps the holds of threads that have ended; a fork leaves an event. */
#include "draft.h"
#include "inquiry.h"
#include "waits.h"

/* Whoever had the lock last, with all that it holds. */
struct owner {
	uint32_t thread;
	const struct held *held;
	const uint64_t *addresses;
	uint32_t n_held;
	const char *detail; /* goes on with the sentence of draft_seen() */
};

static void write_parts(struct finding *draft, struct pool *pool, const struct model *model,
			const struct live_thread *waiter, const struct owner *owner)
{
	const struct wait *wait = &waiter->wait;
	struct finding_lock lock = {model, wait->object, waiter->want_address, wait->kind};

	draft_parts(draft, pool, 2);
	draft_add_lock(draft, lock);
	draft->parts[0].model = draft->parts[1].model = model;
	draft->parts[0].thread = wait->thread;
	draft->parts[0].since_ns = wait->since_ns;
	draft_want(&draft->parts[0], lock, wait->mode, wait->flags, wait->stack);
	draft_holds(&draft->parts[0], pool, wait->held, waiter->held_addresses, wait->n_held);
	draft->parts[1].thread = owner->thread;
	draft_holds(&draft->parts[1], pool, owner->held, owner->addresses, owner->n_held);
	draft_cycle_hold(&draft->parts[1], &lock);
}

static void report(struct inquiry *inquiry, uint32_t m, const struct live_thread *waiter, const struct owner *owner)
{
	const struct model *model = inquiry->session->models[m];
	struct finding draft = {.rule = RULE_ORPHANED_LOCK, .class = CLASS_OBSERVED, .severity = SEVERITY_ERROR};
	struct finding *finding;
	const struct finding_part *left;

	write_parts(&draft, inquiry->pool, model, waiter, owner);
	draft.why = pool_printf(inquiry->pool, "%s%s.", draft_seen(model), owner->detail);
	left = &draft.parts[1];
	finding = docket_enter(&inquiry->docket, draft.rule, draft.class, draft.severity, mix(m, waiter->want_address),
			       evidence_code(&inquiry->evidence, m,
					     left->cycle_hold < 0 ? 0 : left->holds[left->cycle_hold].stack,
					     waiter->wait.stack));
	if (finding)
		*finding = draft;
}

static void judge_ended(struct inquiry *inquiry, uint32_t m, const struct live_thread *waiter,
			const struct live_thread *ended)
{
	report(inquiry, m, waiter,
	       &(struct owner){
		       .thread = ended->wait.thread,
		       .held = ended->wait.held,
		       .addresses = ended->held_addresses,
		       .n_held = ended->wait.n_held,
		       .detail = ", and nobody is left to release %0",
	       });
}

/* Was the lock held at the fork by a thread that this process has not? */
static void judge_left_behind(struct inquiry *inquiry, uint32_t m, const struct live_thread *waiter)
{
	const struct model *model = inquiry->session->models[m];

	for (uint32_t i = 0; i < model->n_events; i++) {
		const struct event *event = &model->events[i];
		struct held held = {.object = event->object, .stack = event->held_stack, .mode = MODE_WRITE};

		if (event->kind == EVENT_FORK_HELD && event->object == waiter->wait.object)
			report(inquiry, m, waiter,
			       &(struct owner){
				       .held = &held,
				       .n_held = 1,
				       .detail = ": the owner is a thread of the parent process, which a fork does "
						 "not copy, and nobody is left to release %0",
			       });
	}
}

static void judge_waiter(struct inquiry *inquiry, uint32_t m, const struct waits *waits, uint32_t waiter)
{
	const struct live_thread *live = waits->model->live;

	/* Who waits for a robust mutex is told of its owner's end. */
	if (waits->model->objects[live[waiter].wait.object].flags & OBJECT_ROBUST)
		return;
	for (uint64_t e = waits->for_whom.first[waiter]; e < waits->for_whom.first[waiter + 1]; e++)
		if (live[waits->for_whom.to[e]].is_ended)
			judge_ended(inquiry, m, &live[waiter], &live[waits->for_whom.to[e]]);
	if (wait_is_endless(&live[waiter]) && live[waiter].wait.object)
		judge_left_behind(inquiry, m, &live[waiter]);
}

void rule_orphaned_lock(struct inquiry *inquiry)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		struct waits waits;

		waits_init(&waits, inquiry->session->models[m]);
		for (uint32_t i = 0; i < waits.for_whom.n; i++)
			judge_waiter(inquiry, m, &waits, i);
		waits_deinit(&waits);
	}
}
