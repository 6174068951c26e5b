/* SPDX-License-Identifier: MIT */
/* Puts the wait-for graphs of the live tables side by side, and adds the waits for a lock that another process holds. */
#include "crowd.h"
#include "modes.h"
#include "waits.h"

#include "../trace/pool.h"

#include <stdlib.h>

/* A lock that a thread holds. */
struct numbered_hold {
	uint32_t lock;
	uint32_t member;
	enum object_mode mode;
};

struct gathering {
	struct crowd *crowd;
	const struct evidence *evidence;
	struct waits *waits;		/* by model */
	uint32_t *first;		/* by model: its first member */
	struct numbered_hold *holds;	/* by lock; only when processes share any */
	uint32_t n_holds;
};

typedef void edge_fn(struct digraph *graph, uint32_t from, uint32_t to);

static void count_edge(struct digraph *graph, uint32_t from, uint32_t to)
{
	digraph_count(graph, from);
}

static bool is_shared(const struct model *model, uint32_t object)
{
	return model->objects[object].file;
}

static void add_holds_of(struct gathering *gathering, uint32_t member)
{
	const struct crowd_member *holder = &gathering->crowd->members[member];
	const struct wait *wait = &holder->live->wait;

	if (!wait->n_held)
		return;
	gathering->holds = grow_array(gathering->holds, gathering->n_holds + wait->n_held, sizeof(*gathering->holds));
	for (uint32_t i = 0; i < wait->n_held; i++)
		gathering->holds[gathering->n_holds++] = (struct numbered_hold){
			.lock = evidence_held(gathering->evidence, holder->model, wait->held[i].object),
			.member = member,
			.mode = wait->held[i].mode,
		};
}

static int compare_holds(const void *a, const void *b)
{
	const struct numbered_hold *x = a, *y = b;

	if (x->lock != y->lock)
		return x->lock < y->lock ? -1 : 1;
	return (x->member > y->member) - (x->member < y->member);
}

static uint32_t first_hold(const struct gathering *gathering, uint32_t lock)
{
	uint32_t low = 0, high = gathering->n_holds;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (gathering->holds[middle].lock < lock)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static void add_wait(struct crowd *crowd, uint32_t waiter, uint32_t for_whom, edge_fn *edge)
{
	edge(&crowd->for_whom, waiter, for_whom);
	edge(&crowd->behind, for_whom, waiter);
}

static void edges_inside(const struct gathering *gathering, uint32_t m, edge_fn *edge)
{
	const struct digraph *for_whom = &gathering->waits[m].for_whom;
	uint32_t first = gathering->first[m];

	for (uint32_t i = 0; i < for_whom->n; i++)
		for (uint64_t e = for_whom->first[i]; e < for_whom->first[i + 1]; e++)
			add_wait(gathering->crowd, first + i, first + for_whom->to[e], edge);
}

static void edges_between(const struct gathering *gathering, uint32_t member, edge_fn *edge)
{
	const struct crowd_member *waiter = &gathering->crowd->members[member];
	const struct wait *wait = &waiter->live->wait;
	uint32_t lock;

	if (!wait_is_endless(waiter->live) || wait->kind == OBJECT_THREAD ||
	    !is_shared(gathering->evidence->session->models[waiter->model], wait->object))
		return;
	lock = evidence_held(gathering->evidence, waiter->model, wait->object);
	for (uint32_t i = first_hold(gathering, lock); i < gathering->n_holds && gathering->holds[i].lock == lock; i++) {
		const struct numbered_hold *hold = &gathering->holds[i];

		if (gathering->crowd->members[hold->member].model != waiter->model &&
		    modes_conflict(hold->mode, wait->mode))
			add_wait(gathering->crowd, member, hold->member, edge);
	}
}

static void each_edge(const struct gathering *gathering, edge_fn *edge)
{
	for (uint32_t m = 0; m < gathering->evidence->session->n_models; m++)
		edges_inside(gathering, m, edge);
	for (uint32_t i = 0; i < gathering->crowd->n && gathering->n_holds; i++)
		edges_between(gathering, i, edge);
}

static void gather(struct gathering *gathering)
{
	const struct session *session = gathering->evidence->session;
	struct crowd *crowd = gathering->crowd;

	for (uint32_t m = 0; m < session->n_models; m++) {
		const struct model *model = session->models[m];

		gathering->first[m] = crowd->n;
		waits_init(&gathering->waits[m], model);
		if (model->n_live)
			crowd->members = grow_array(crowd->members, crowd->n + model->n_live, sizeof(*crowd->members));
		for (uint32_t i = 0; i < model->n_live; i++)
			crowd->members[crowd->n++] = (struct crowd_member){m, &model->live[i]};
	}
	for (uint32_t i = 0; i < crowd->n && gathering->evidence->shared_as; i++)
		add_holds_of(gathering, i);
	if (gathering->n_holds)
		qsort(gathering->holds, gathering->n_holds, sizeof(*gathering->holds), compare_holds);
}

void crowd_init(struct crowd *crowd, const struct evidence *evidence)
{
	uint32_t n_models = evidence->session->n_models;
	struct gathering gathering = {.crowd = crowd, .evidence = evidence};

	*crowd = (struct crowd){0};
	gathering.waits = zeroed_array(n_models, sizeof(*gathering.waits));
	gathering.first = zeroed_array(n_models, sizeof(*gathering.first));
	gather(&gathering);
	digraph_init(&crowd->for_whom, crowd->n);
	digraph_init(&crowd->behind, crowd->n);
	each_edge(&gathering, count_edge);
	digraph_lay_out(&crowd->for_whom);
	digraph_lay_out(&crowd->behind);
	each_edge(&gathering, digraph_add);
	for (uint32_t m = 0; m < n_models; m++)
		waits_deinit(&gathering.waits[m]);
	free(gathering.waits);
	free(gathering.first);
	free(gathering.holds);
}

void crowd_deinit(struct crowd *crowd)
{
	digraph_deinit(&crowd->for_whom);
	digraph_deinit(&crowd->behind);
	free(crowd->members);
}
