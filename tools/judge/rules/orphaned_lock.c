/* SPDX-License-Identifier: MIT */
/* Rule orphaned-lock: a thread waits for a lock whose owner has ended, or is a thread of the process that this one was
 * forked from. The live table keeps the holds of threads that have ended, also when their process has; a fork leaves
 * an event. */
#include "../crowd.h"
#include "../draft.h"
#include "../standstill.h"

/* Whoever had the lock last, with all that it holds. */
struct owner {
	const struct model *model;
	uint32_t thread;
	const struct held *held;
	const uint64_t *addresses;
	uint32_t n_held;
	struct finding_lock lock; /* as its model knows it */
	const char *detail;	  /* goes on with the sentence of draft_seen() */
};

static void write_parts(struct finding *draft, struct pool *pool, const struct model *model,
			const struct live_thread *waiter, const struct owner *owner)
{
	const struct wait *wait = &waiter->wait;
	struct finding_lock lock = {model, wait->object, waiter->want_address, wait->kind};

	draft_parts(draft, pool, 2);
	draft_add_lock(draft, lock);
	draft->parts[0].model = model;
	draft->parts[1].model = owner->model;
	draft->parts[0].thread = wait->thread;
	draft->parts[0].since_ns = wait->since_ns;
	draft_want(&draft->parts[0], lock, wait->mode, wait->flags, wait->stack);
	draft_holds(&draft->parts[0], pool, wait->held, waiter->held_addresses, wait->n_held);
	draft->parts[1].thread = owner->thread;
	draft_holds(&draft->parts[1], pool, owner->held, owner->addresses, owner->n_held);
	draft_cycle_hold(&draft->parts[1], &owner->lock);
}

static void report(struct inquiry *inquiry, uint32_t m, const struct live_thread *waiter, const struct owner *owner)
{
	const struct model *model = inquiry->session->models[m];
	struct finding draft = {.rule = RULE_ORPHANED_LOCK, .class = CLASS_OBSERVED, .severity = SEVERITY_ERROR};
	struct finding *finding;
	const struct finding_part *left;

	/* Somebody else may post a semaphore. */
	if (waiter->wait.kind == OBJECT_SEM && !standstill_is_of(inquiry, model))
		return;
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

/* The number under which the owner's model knows what the waiter wants. */
static struct finding_lock lock_of(const struct evidence *evidence, const struct crowd_member *waiter,
				   const struct crowd_member *owner)
{
	const struct model *model = evidence->session->models[owner->model];
	const struct wait *wanted = &waiter->live->wait, *held = &owner->live->wait;

	for (uint32_t i = 0; i < held->n_held && owner->model != waiter->model; i++)
		if (evidence_held(evidence, owner->model, held->held[i].object) ==
		    evidence_held(evidence, waiter->model, wanted->object))
			return (struct finding_lock){model, held->held[i].object, owner->live->held_addresses[i], wanted->kind};
	return (struct finding_lock){model, wanted->object, waiter->live->want_address, wanted->kind};
}

static void judge_ended(struct inquiry *inquiry, const struct crowd_member *waiter, const struct crowd_member *ended)
{
	report(inquiry, waiter->model, waiter->live,
	       &(struct owner){
		       .model = inquiry->session->models[ended->model],
		       .thread = ended->live->wait.thread,
		       .held = ended->live->wait.held,
		       .addresses = ended->live->held_addresses,
		       .n_held = ended->live->wait.n_held,
		       .lock = lock_of(&inquiry->evidence, waiter, ended),
		       .detail = ", and nobody is left to release %0",
	       });
}

/* Was the lock held at the fork by a thread that this process has not?  Returns whether it was. */
static bool judge_left_behind(struct inquiry *inquiry, uint32_t m, const struct live_thread *waiter)
{
	const struct model *model = inquiry->session->models[m];
	bool is_so = false;

	for (uint32_t i = 0; i < model->n_events; i++) {
		const struct event *event = &model->events[i];
		struct held held = {.object = event->object, .stack = event->held_stack, .mode = MODE_WRITE};

		if (event->kind != EVENT_FORK_HELD || event->object != waiter->wait.object)
			continue;
		report(inquiry, m, waiter,
		       &(struct owner){
			       .model = model,
			       .held = &held,
			       .n_held = 1,
			       .lock = {model, waiter->wait.object, waiter->want_address, waiter->wait.kind},
			       .detail = ": the owner is a thread of the parent process, which a fork does "
					 "not copy, and nobody is left to release %0",
		       });
		is_so = true;
	}
	return is_so;
}

/* Tells of those that have ended and stand in its way: of another process, whose own trace says more, or of its own. */
static bool judge_all_ended(struct inquiry *inquiry, const struct crowd *crowd, uint32_t waiter, bool is_elsewhere)
{
	const struct crowd_member *members = crowd->members;
	bool is_so = false;

	for (uint64_t e = crowd->for_whom.first[waiter]; e < crowd->for_whom.first[waiter + 1]; e++) {
		const struct crowd_member *owner = &members[crowd->for_whom.to[e]];

		if (!owner->live->is_ended || (owner->model != members[waiter].model) != is_elsewhere)
			continue;
		judge_ended(inquiry, &members[waiter], owner);
		is_so = true;
	}
	return is_so;
}

static void judge_waiter(struct inquiry *inquiry, const struct crowd *crowd, uint32_t waiter)
{
	const struct crowd_member *member = &crowd->members[waiter];
	const struct live_thread *live = member->live;

	/* Who waits for a robust mutex is told of its owner's end. */
	if (inquiry->session->models[member->model]->objects[live->wait.object].flags & OBJECT_ROBUST)
		return;
	if (wait_is_endless(live) && live->wait.object && judge_left_behind(inquiry, member->model, live))
		return;
	if (!judge_all_ended(inquiry, crowd, waiter, true))
		judge_all_ended(inquiry, crowd, waiter, false);
}

void rule_orphaned_lock(struct inquiry *inquiry)
{
	struct crowd crowd;

	crowd_init(&crowd, &inquiry->evidence);
	for (uint32_t i = 0; i < crowd.n; i++)
		judge_waiter(inquiry, &crowd, i);
	crowd_deinit(&crowd);
}
