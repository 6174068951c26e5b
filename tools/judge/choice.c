/* SPDX-License-Identifier: MIT */
/* Backtracking over the instances of the links of a path. */
#include "choice.h"

#include <stdlib.h>

/* What `past` said of a thread before the instance at a position was chosen. */
struct undo {
	uint32_t position, thread;
	uint64_t past;
};

void choice_init(struct choice *choice, const struct links *links, struct order *order)
{
	uint32_t n_threads = links->evidence->n_threads;

	*choice = (struct choice){
		.links = links,
		.order = order,
		.instances = zeroed_array(n_threads, sizeof(*choice->instances)),
		.tried = zeroed_array((size_t)n_threads + 1, sizeof(*choice->tried)),
		.chosen = zeroed_array(n_threads, sizeof(*choice->chosen)),
		.past = zeroed_array(n_threads, sizeof(*choice->past)),
	};
}

void choice_deinit(struct choice *choice)
{
	free(choice->instances);
	free(choice->tried);
	free(choice->chosen);
	free(choice->past);
	free(choice->undo);
}

/* Can this happen at the same time as all that are chosen? */
static bool fits(const struct choice *choice, struct instance instance, const struct past *past)
{
	if (choice->chosen[instance.thread] || choice->past[instance.thread] > instance.last)
		return false;
	for (uint32_t i = 0; i < past->n; i++) {
		uint64_t chosen = choice->chosen[past->known[i].thread];

		if (chosen && chosen <= (uint64_t)past->known[i].segment + 1)
			return false;
	}
	return true;
}

static void remember(struct choice *choice, uint32_t position, const struct known *known)
{
	uint64_t *past = &choice->past[known->thread];

	if (*past > known->segment)
		return;
	if (choice->n_undo == choice->undo_capacity) {
		choice->undo_capacity = choice->undo_capacity ? choice->undo_capacity * 2 : 64;
		choice->undo = grow_array(choice->undo, choice->undo_capacity, sizeof(*choice->undo));
	}
	choice->undo[choice->n_undo++] = (struct undo){position, known->thread, *past};
	*past = (uint64_t)known->segment + 1;
}

static bool choose(struct choice *choice, uint32_t position, struct instance instance, uint64_t *steps)
{
	const struct past *past = order_past(choice->order, instance.thread, instance.segment);

	*steps -= *steps < past->n + 1 ? *steps : past->n + 1;
	if (!fits(choice, instance, past))
		return false;
	choice->instances[position] = instance;
	choice->chosen[instance.thread] = (uint64_t)instance.last + 1;
	for (uint32_t i = 0; i < past->n; i++)
		remember(choice, position, &past->known[i]);
	return true;
}

static void unchoose(struct choice *choice, uint32_t position)
{
	choice->chosen[choice->instances[position].thread] = 0;
	while (choice->n_undo && choice->undo[choice->n_undo - 1].position == position) {
		const struct undo *undo = &choice->undo[--choice->n_undo];

		choice->past[undo->thread] = undo->past;
	}
}

int choice_find(struct choice *choice, const uint32_t *path, uint32_t n, uint64_t *steps)
{
	int answer = 1;
	uint32_t i = 0;

	choice->tried[0] = 0;
	while (i < n && answer > 0) {
		const struct link *link = &choice->links->at[path[i]];
		const struct instance *instances = choice->links->instances + link->first_instance;

		if (choice->tried[i] == link->n_instances) {
			if (i == 0)
				return 0;
			unchoose(choice, --i);
			choice->tried[i]++;
		} else if (!choose(choice, i, instances[choice->tried[i]], steps)) {
			choice->tried[i]++;
		} else if (++i < n) {
			choice->tried[i] = 0;
		}
		answer = i == n || *steps ? 1 : -1;
	}
	while (i > 0)
		unchoose(choice, --i);
	return answer;
}
