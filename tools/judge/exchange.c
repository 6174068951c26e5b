/* SPDX-License-Identifier: MIT */
/* Compares when threads did something with when they signalled and waited. */
#include "exchange.h"

#include <stdlib.h>

enum { MOST_PAIRS = 64 };		/* of threads that are compared for two links */

struct exchange {
	uint32_t thread, lock;
	uint32_t segment;		/* that ends with it */
	bool is_signal, is_semaphore;
};

/* What one thread did of a link: from the beginning of `first` to the end of `last`. */
struct stint {
	uint32_t thread, first, last;
};

static int compare_exchanges(const void *a, const void *b)
{
	const struct exchange *x = a, *y = b;

	if (x->thread != y->thread)
		return x->thread < y->thread ? -1 : 1;
	return (x->segment > y->segment) - (x->segment < y->segment);
}

static void collect(struct exchanges *exchanges, const struct evidence *evidence, uint32_t m)
{
	const struct model *model = evidence->session->models[m];

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (!(dep->flags & DEP_SPLITS) || dep->op == OP_ACQUIRE)
			continue;
		exchanges->at = grow_array(exchanges->at, exchanges->n + 1, sizeof(*exchanges->at));
		exchanges->at[exchanges->n++] = (struct exchange){
			.thread = evidence->first_thread[m] + dep->thread,
			.lock = evidence_lock(evidence, m, dep->object),
			.segment = dep->segment,
			.is_signal = dep->op == OP_SIGNAL,
			.is_semaphore = model->objects[dep->object].kind == OBJECT_SEM,
		};
	}
}

void exchanges_init(struct exchanges *exchanges, const struct evidence *evidence)
{
	*exchanges = (struct exchanges){0};
	for (uint32_t m = 0; m < evidence->session->n_models; m++)
		collect(exchanges, evidence, m);
	if (exchanges->n)
		qsort(exchanges->at, exchanges->n, sizeof(*exchanges->at), compare_exchanges);
}

void exchanges_deinit(struct exchanges *exchanges)
{
	free(exchanges->at);
}

static const struct exchange *first_of(const struct exchanges *exchanges, uint32_t thread)
{
	uint32_t low = 0, high = exchanges->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (exchanges->at[middle].thread < thread)
			low = middle + 1;
		else
			high = middle;
	}
	return exchanges->at + low;
}

/* Did the thread signal this, or wait for it, before this segment? */
static bool has_done(const struct exchanges *exchanges, uint32_t thread, uint32_t lock, bool is_signal, uint32_t before)
{
	const struct exchange *end = exchanges->at + exchanges->n;

	for (const struct exchange *at = first_of(exchanges, thread); at < end && at->thread == thread; at++)
		if (at->is_signal == is_signal && at->lock == lock && at->segment < before)
			return true;
	return false;
}

/* Who waits for a semaphore and posts it takes a place in something and gives it back, and tells nobody anything. */
static bool is_place(const struct exchanges *exchanges, const struct exchange *signal, uint32_t from, uint32_t to)
{
	return signal->is_semaphore && (has_done(exchanges, from, signal->lock, false, UINT32_MAX) ||
					has_done(exchanges, to, signal->lock, true, UINT32_MAX));
}

static uint32_t hand_on(const struct exchanges *exchanges, const struct stint *from, const struct stint *to)
{
	const struct exchange *end = exchanges->at + exchanges->n;

	for (const struct exchange *at = first_of(exchanges, from->thread); at < end && at->thread == from->thread; at++)
		if (at->is_signal && at->segment >= from->last &&
		    has_done(exchanges, to->thread, at->lock, false, to->first) &&
		    !is_place(exchanges, at, from->thread, to->thread))
			return at->lock;
	return 0;
}

/* The part of the link's instances, from number *i on, that are one thread's; *i is moved behind them. */
static struct stint next_stint(const struct links *links, const struct link *link, uint32_t *i)
{
	const struct instance *at = links->instances + link->first_instance;
	struct stint stint = {at[*i].thread, at[*i].segment, at[*i].last};

	for (; *i < link->n_instances && at[*i].thread == stint.thread; ++*i)
		stint.last = at[*i].last > stint.last ? at[*i].last : stint.last;
	return stint;
}

uint32_t exchanges_hand_on(const struct exchanges *exchanges, const struct links *links, uint32_t from, uint32_t to)
{
	const struct link *x = &links->at[from], *y = &links->at[to];
	uint32_t n_pairs = 0, lock = 0;

	for (uint32_t i = 0; exchanges->n && i < x->n_instances;) {
		struct stint giver = next_stint(links, x, &i);

		for (uint32_t k = 0; k < y->n_instances;) {
			struct stint taker = next_stint(links, y, &k);

			if (giver.thread == taker.thread)
				continue;
			lock = hand_on(exchanges, &giver, &taker);
			if (!lock || n_pairs++ == MOST_PAIRS)
				return 0;
		}
	}
	return lock;
}
