/* SPDX-License-Identifier: MIT */
/* Gives a cycle its class: single-thread, guarded, ordered, or possible.
 *
 * In this order, so that the reason is the simplest there is.  A cycle is ordered when among all ways to choose an
 * instance for each link, by different threads, none is free of order; one that is free makes it possible.
 */
#include "classify.h"
#include "modes.h"
#include "search.h"

#include <stdlib.h>

enum {
	PAIRS_PER_CYCLE = 2000000,
	PAIRS = 20000000,		/* about half a second */
	PAIRS_AT_LEAST = 256,		/* for each cycle when all are used up */
};

void classifier_init(struct classifier *classifier, const struct links *links)
{
	*classifier = (struct classifier){.links = links, .pairs = PAIRS};
	order_init(&classifier->order, links->evidence);
	matching_init(&classifier->matching, links);
}

void classifier_deinit(struct classifier *classifier)
{
	order_deinit(&classifier->order);
	matching_deinit(&classifier->matching);
	free(classifier->instances);
	free(classifier->choice);
	free(classifier->pasts);
}

static void make_room(struct classifier *classifier, uint32_t n)
{
	if (n <= classifier->capacity)
		return;
	classifier->capacity = n;
	classifier->instances = grow_array(classifier->instances, n, sizeof(*classifier->instances));
	classifier->choice = grow_array(classifier->choice, n, sizeof(*classifier->choice));
	classifier->pasts = grow_array(classifier->pasts, n, sizeof(*classifier->pasts));
}

static const struct instance *instances_of(const struct classifier *classifier, uint32_t link)
{
	return classifier->links->instances + classifier->links->at[link].first_instance;
}

/* The first instance of a link by this thread, which has one. */
static struct instance instance_by(const struct classifier *classifier, uint32_t link, uint32_t thread)
{
	const struct instance *instance = instances_of(classifier, link);

	while (instance->thread != thread)
		instance++;
	return *instance;
}

/* Chooses an instance for each link, by different threads if there are enough.  Returns how many different ones there
 * can be. */
static uint32_t choose_threads(struct classifier *classifier, const uint32_t *path, uint32_t n)
{
	struct matching *matching = &classifier->matching;
	uint32_t n_threads;

	for (uint32_t i = 0; i < n; i++)
		matching_push(matching, path[i]);
	n_threads = matching->n;
	for (uint32_t i = 0; i < n; i++)
		classifier->instances[i] = n_threads == n ? instance_by(classifier, path[i], matching->thread[i])
							  : instances_of(classifier, path[i])[0];
	while (matching->n)
		matching_pop(matching);
	return n_threads;
}

static bool find_gate(const struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	for (uint32_t i = 1; i < n; i++) {
		for (uint32_t k = 0; k < i; k++) {
			ret->gate = links_gate(classifier->links, path[k], path[i]);
			if (ret->gate)
				return true;
		}
	}
	return false;
}

/* Can what was chosen for the i-th link happen at the same time as what was chosen for those before? */
static bool choice_fits(struct classifier *classifier, uint32_t i, uint64_t *pairs)
{
	const struct instance *at = classifier->instances;

	classifier->pasts[i] = order_past(&classifier->order, at[i].thread, at[i].segment);
	for (uint32_t k = 0; k < i; k++) {
		*pairs -= *pairs > 0;
		if (at[k].thread == at[i].thread ||
		    past_find(classifier->pasts[i], at[k].thread, at[k].segment) ||
		    past_find(classifier->pasts[k], at[i].thread, at[i].segment))
			return false;
	}
	return true;
}

/* Tries all ways to choose an instance for each link, until one is free of order.  1 when there is one, and it is in
 * classifier->instances; 0 when there is none; -1 when there were too many. */
static int choose_unordered(struct classifier *classifier, const uint32_t *path, uint32_t n, uint64_t *pairs)
{
	uint32_t i = 0;

	classifier->choice[0] = 0;
	while (i < n) {
		const struct link *link = &classifier->links->at[path[i]];

		if (!*pairs)
			return -1;
		if (classifier->choice[i] == link->n_instances) {
			if (i-- == 0)
				return 0;
			classifier->choice[i]++;
			continue;
		}
		classifier->instances[i] = instances_of(classifier, path[i])[classifier->choice[i]];
		if (!choice_fits(classifier, i, pairs))
			classifier->choice[i]++;
		else if (++i < n)
			classifier->choice[i] = 0;
	}
	return 1;
}

/* Two of the chosen instances that are ordered, and why. */
static void find_order(struct classifier *classifier, uint32_t n, struct classified *ret)
{
	const struct instance *at = classifier->instances;

	for (uint32_t i = 0; i < n; i++) {
		const struct past *past = order_past(&classifier->order, at[i].thread, at[i].segment);

		for (uint32_t k = 0; k < n; k++) {
			const struct known *known = past_find(past, at[k].thread, at[k].segment);

			if (!known)
				continue;
			ret->first = k;
			ret->second = i;
			ret->reason = known->reason;
			return;
		}
	}
}

static bool are_ordered(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	uint64_t most = classifier->pairs < PAIRS_PER_CYCLE ? classifier->pairs : PAIRS_PER_CYCLE;
	uint64_t pairs = most < PAIRS_AT_LEAST ? PAIRS_AT_LEAST : most, before = pairs;
	int answer;

	order_trim(&classifier->order);
	answer = choose_unordered(classifier, path, n, &pairs);
	classifier->pairs -= before - pairs < classifier->pairs ? before - pairs : classifier->pairs;
	if (answer > 0)
		return false;
	choose_threads(classifier, path, n);
	if (answer < 0)
		ret->doubt = DOUBT_UNDECIDED;
	else
		find_order(classifier, n, ret);
	return answer == 0;
}

/* Looks for the first lock that takes the certainty out of it. */
static void find_doubt(const struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	const struct evidence *evidence = classifier->links->evidence;

	for (uint32_t i = 0; i < n && !ret->doubt; i++) {
		const struct link *link = &classifier->links->at[path[i]];

		ret->doubt_lock = link->want;
		if (link->dep->flags & DEP_TIMED)
			ret->doubt = DOUBT_TIMED;
		else if (evidence->is_handed_off[link->want] || evidence_object(evidence, link->want)->kind == OBJECT_SEM)
			ret->doubt = DOUBT_HAND_OFF;
	}
}

static bool has_capped(const struct classifier *classifier, const uint32_t *path, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		if (classifier->links->at[path[i]].is_capped)
			return true;
	return false;
}

static enum finding_class find_class(struct classifier *classifier, const uint32_t *path, uint32_t n,
				     struct classified *ret)
{
	ret->n_threads = choose_threads(classifier, path, n);
	if (ret->n_threads < n)
		return CLASS_SINGLE_THREAD;
	if (find_gate(classifier, path, n, ret))
		return CLASS_GUARDED;
	return are_ordered(classifier, path, n, ret) ? CLASS_ORDERED : CLASS_POSSIBLE;
}

void classify(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	make_room(classifier, n);
	*ret = (struct classified){.instances = classifier->instances};
	ret->class = find_class(classifier, path, n, ret);
	if (ret->class != CLASS_POSSIBLE && has_capped(classifier, path, n)) {
		ret->class = CLASS_POSSIBLE;
		ret->doubt = DOUBT_CAPPED;
	}
	ret->severity = SEVERITY_NOTE;
	if (ret->class == CLASS_POSSIBLE) {
		find_doubt(classifier, path, n, ret);
		ret->severity = ret->doubt ? SEVERITY_WARNING : SEVERITY_ERROR;
	}
}
