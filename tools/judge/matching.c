/* SPDX-License-Identifier: MIT */
/* Bipartite matching of links and threads, one link at a time. */
#include "matching.h"

#include <stdlib.h>

void matching_init(struct matching *matching, const struct links *links)
{
	uint32_t n_threads = links->evidence->n_threads;

	*matching = (struct matching){
		.links = links,
		.position_of = zeroed_array(n_threads, sizeof(uint32_t)),
		.seen = zeroed_array(n_threads, sizeof(uint32_t)),
		.queue = zeroed_array(n_threads, sizeof(uint32_t)),
		.from = zeroed_array(n_threads, sizeof(uint32_t)),
	};
}

void matching_deinit(struct matching *matching)
{
	free(matching->path);
	free(matching->thread);
	free(matching->position_of);
	free(matching->seen);
	free(matching->queue);
	free(matching->from);
}

static void make_room(struct matching *matching)
{
	if (matching->n < matching->capacity)
		return;
	matching->capacity = matching->capacity ? matching->capacity * 2 : 16;
	matching->path = grow_array(matching->path, matching->capacity, sizeof(*matching->path));
	matching->thread = grow_array(matching->thread, matching->capacity, sizeof(*matching->thread));
}

/* `thread` is free: its finder takes it and gives up the one it had, whose finder takes that, and so on. */
static void augment(struct matching *matching, uint32_t thread)
{
	for (;;) {
		uint32_t position = matching->from[thread], given_up = matching->thread[position];

		matching->thread[position] = thread;
		matching->position_of[thread] = position + 1;
		if (position == matching->n)
			return;
		thread = given_up;
	}
}

/* Puts the threads of a position that were not tried yet into the queue; true when one of them was free and is taken. */
static bool try_threads(struct matching *matching, uint32_t position, uint32_t *n_queue)
{
	const struct link *link = &matching->links->at[matching->path[position]];
	const struct instance *instance = matching->links->instances + link->first_instance;

	for (uint32_t i = 0; i < link->n_instances; i++) {
		uint32_t thread = instance[i].thread;

		if (matching->seen[thread] == matching->n_rounds)
			continue;
		matching->seen[thread] = matching->n_rounds;
		matching->from[thread] = position;
		if (!matching->position_of[thread]) {
			augment(matching, thread);
			return true;
		}
		matching->queue[(*n_queue)++] = thread;
	}
	return false;
}

bool matching_push(struct matching *matching, uint32_t link)
{
	uint32_t n_queue = 0;

	make_room(matching);
	matching->path[matching->n] = link;
	matching->n_rounds++;
	if (try_threads(matching, matching->n, &n_queue)) {
		matching->n++;
		return true;
	}
	for (uint32_t i = 0; i < n_queue; i++) {
		if (try_threads(matching, matching->position_of[matching->queue[i]] - 1, &n_queue)) {
			matching->n++;
			return true;
		}
	}
	return false;
}

void matching_pop(struct matching *matching)
{
	matching->position_of[matching->thread[--matching->n]] = 0;
}
