/* SPDX-License-Identifier: MIT */
/* The wait-for graph of a live table: every waiter looks its lock up among all holds, sorted by address.  A writer that
 * waits stands among the holders, since some readers wait for it. */
#include "modes.h"
#include "waits.h"

#include "../trace/pool.h"

#include <stdlib.h>

struct live_held {
	uint64_t address;
	uint32_t live; /* who, in model->live */
	uint32_t object;
	enum object_mode mode;
	bool is_waiting; /* wants to write */
};

struct holders {
	struct live_held *at; /* by address */
	size_t n;
	uint32_t *live_of; /* thread -> number in model->live + 1 */
	bool has_readers_behind; /* DEP_BEHIND_WRITERS: else nobody waits for a writer that waits */
};

static int compare_held(const void *a, const void *b)
{
	const struct live_held *x = a, *y = b;

	if (x->address != y->address)
		return x->address < y->address ? -1 : 1;
	return (x->live > y->live) - (x->live < y->live);
}

bool wait_is_endless(const struct live_thread *live)
{
	return live->is_waiting && !(live->wait.flags & DEP_TIMED) &&
	       (live->wait.mode != MODE_TOKEN || live->wait.kind == OBJECT_THREAD || live->wait.kind == OBJECT_SEM);
}

static void add_holds_of(struct holders *holders, const struct model *model, uint32_t i)
{
	const struct live_thread *live = &model->live[i];
	const struct wait *wait = &live->wait;

	for (uint32_t k = 0; k < wait->n_held; k++)
		holders->at[holders->n++] =
			(struct live_held){live->held_addresses[k], i, wait->held[k].object, wait->held[k].mode, false};
	if (wait_is_endless(live) && wait->mode == MODE_WRITE && holders->has_readers_behind)
		holders->at[holders->n++] = (struct live_held){live->want_address, i, wait->object, MODE_WRITE, true};
	if (!live->is_ended)
		holders->live_of[wait->thread] = i + 1;
}

static void find_holders(struct holders *holders, const struct model *model)
{
	size_t n = model->n_live;

	for (uint32_t i = 0; i < model->n_live; i++) {
		n += model->live[i].wait.n_held;
		holders->has_readers_behind |= model->live[i].wait.flags & DEP_BEHIND_WRITERS;
	}
	holders->at = zeroed_array(n, sizeof(*holders->at));
	holders->live_of = zeroed_array(model->n_threads, sizeof(*holders->live_of));
	for (uint32_t i = 0; i < model->n_live; i++)
		add_holds_of(holders, model, i);
	qsort(holders->at, holders->n, sizeof(*holders->at), compare_held);
}

static const struct live_held *first_holder(const struct holders *holders, uint64_t address)
{
	size_t low = 0, high = holders->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (holders->at[middle].address < address)
			low = middle + 1;
		else
			high = middle;
	}
	return holders->at + low;
}

typedef void edge_fn(struct digraph *graph, uint32_t from, uint32_t to);

static void count_edge(struct digraph *graph, uint32_t from, uint32_t to)
{
	digraph_count(graph, from);
}

static void add_wait(struct waits *waits, uint32_t waiter, uint32_t for_whom, edge_fn *edge)
{
	edge(&waits->for_whom, waiter, for_whom);
	edge(&waits->behind, for_whom, waiter);
}

static bool is_in_the_way(const struct live_held *held, uint32_t waiter, const struct wait *wait)
{
	if (held->object != wait->object || object_is_of_process(wait->kind, held->address))
		return false;
	if (held->is_waiting)
		return held->live != waiter && (wait->flags & DEP_BEHIND_WRITERS);
	/* Who waits for a semaphore again waits for another to post it. */
	if (wait->kind == OBJECT_SEM)
		return held->live != waiter;
	return modes_conflict(held->mode, wait->mode);
}

static void edges_of(struct waits *waits, const struct holders *holders, uint32_t waiter, edge_fn *edge)
{
	const struct live_thread *live = &waits->model->live[waiter];
	uint32_t joined;

	if (!wait_is_endless(live))
		return;
	if (live->wait.kind == OBJECT_THREAD) {
		joined = holders->live_of[live->want_address];
		if (joined)
			add_wait(waits, waiter, joined - 1, edge);
		return;
	}
	for (const struct live_held *held = first_holder(holders, live->want_address);
	     held < holders->at + holders->n && held->address == live->want_address; held++)
		if (is_in_the_way(held, waiter, &live->wait))
			add_wait(waits, waiter, held->live, edge);
}

void waits_init(struct waits *waits, const struct model *model)
{
	struct holders holders = {0};

	waits->model = model;
	find_holders(&holders, model);
	digraph_init(&waits->for_whom, model->n_live);
	digraph_init(&waits->behind, model->n_live);
	for (uint32_t i = 0; i < model->n_live; i++)
		edges_of(waits, &holders, i, count_edge);
	digraph_lay_out(&waits->for_whom);
	digraph_lay_out(&waits->behind);
	for (uint32_t i = 0; i < model->n_live; i++)
		edges_of(waits, &holders, i, digraph_add);
	free(holders.at);
	free(holders.live_of);
}

void waits_deinit(struct waits *waits)
{
	digraph_deinit(&waits->for_whom);
	digraph_deinit(&waits->behind);
}
