/* SPDX-License-Identifier: MIT */
/* Turns events into findings. */
#include "draft.h"
#include "misuse.h"

static void write_holder(struct finding_part *part, struct pool *pool, const struct model *model,
			 const struct event *event, uint32_t holder)
{
	struct held held = {.object = event->object, .stack = event->held_stack, .mode = MODE_WRITE};

	part->model = model;
	part->thread = holder;
	draft_holds(part, pool, &held, NULL, 1);
	part->cycle_hold = 0;
}

static void write_parts(struct finding *finding, struct pool *pool, const struct model *model,
			const struct event *event)
{
	bool has_act = event->kind != EVENT_EXIT_HELD && event->kind != EVENT_ABANDONED;
	bool is_forked = event->kind == EVENT_FORK_HELD;
	bool is_own = event->kind == EVENT_EXIT_HELD || event->kind == EVENT_HELD_ACROSS;
	uint32_t holder = is_forked ? 0 : is_own ? event->thread : event->other;

	draft_parts(finding, pool, is_forked || (has_act && holder && holder != event->thread) ? 2 : 1);
	draft_add_lock(finding, draft_lock(model, event->object));
	finding->parts[0].model = model;
	finding->parts[0].thread = has_act ? event->thread : holder;
	if (has_act)
		draft_want(&finding->parts[0], finding->locks[0], MODE_WRITE, 0, event->stack);
	if (holder || is_forked)
		write_holder(&finding->parts[finding->n_parts - 1], pool, model, event, holder);
}

static void report(struct inquiry *inquiry, uint32_t m, const struct event *event, const struct misuse *misuse)
{
	struct evidence *evidence = &inquiry->evidence;
	struct finding *finding = docket_enter(&inquiry->docket, misuse->rule, CLASS_OBSERVED, misuse->severity,
					       mix(0, evidence_lock(evidence, m, event->object)),
					       evidence_code(evidence, m, event->held_stack, event->stack));

	if (!finding)
		return;
	write_parts(finding, inquiry->pool, inquiry->session->models[m], event);
	finding->why = pool_printf(inquiry->pool, "%s", misuse->why);
}

/* A handler of pthread_atfork() may have made a lock anew in the child. */
static bool is_mended(const struct model *model, const struct event *event)
{
	return event->kind == EVENT_FORK_HELD && model->objects[event->object].is_ended;
}

/* Was it a semaphore that somebody else has posted?  Then it was no lock, and nothing was held. */
static bool is_signal(const struct evidence *evidence, uint32_t m, const struct event *event)
{
	return evidence->session->models[m]->objects[event->object].kind == OBJECT_SEM &&
	       evidence->is_handed_off[evidence->first_lock[m] + event->object];
}

static bool is_waited_for_in(const struct evidence *evidence, uint32_t m, uint32_t lock, uint32_t owner)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_ACQUIRE && evidence->first_thread[m] + dep->thread != owner &&
		    model->objects[dep->object].kind == OBJECT_FILE_LOCK && evidence_held(evidence, m, dep->object) == lock)
			return true;
	}
	return false;
}

/* Is it the lock of a file that no other thread waits for?  Daemons have such a lock all their lives, for others to see that they
 * are there. */
static bool is_sign_of_life(const struct evidence *evidence, uint32_t m, const struct event *event)
{
	uint32_t lock = evidence_held(evidence, m, event->object), owner = evidence->first_thread[m] + event->thread;

	if (event->kind != EVENT_HELD_ACROSS || evidence_object(evidence, lock)->kind != OBJECT_FILE_LOCK)
		return false;
	for (uint32_t other = 0; other < evidence->session->n_models; other++)
		if (is_waited_for_in(evidence, other, lock, owner))
			return false;
	return true;
}

void misuse_report(struct inquiry *inquiry, const struct misuse *misuse)
{
	for (uint32_t m = 0; m < inquiry->session->n_models; m++) {
		const struct model *model = inquiry->session->models[m];

		for (uint32_t i = 0; i < model->n_events; i++)
			if (model->events[i].kind == misuse->kind && !is_mended(model, &model->events[i]) &&
			    !is_signal(&inquiry->evidence, m, &model->events[i]) &&
			    !is_sign_of_life(&inquiry->evidence, m, &model->events[i]))
				report(inquiry, m, &model->events[i], misuse);
	}
}
