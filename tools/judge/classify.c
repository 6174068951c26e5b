/* SPDX-License-Identifier: MIT */
/* Gives a cycle its class: single-thread, guarded, ordered, or possible.
 *
 * In this order, so that the reason is the simplest there is.  Parts that were seen in different runs have no order.  A cycle is ordered when among all ways to choose an
 * instance for each link, by different threads, none is free of order; one that is free makes it possible.
 */
#include "classify.h"
#include "search.h"

#include <stdlib.h>
#include <string.h>

enum {
	STEPS_PER_CYCLE = 2000000,
	STEPS = 20000000,     /* about half a second */
	STEPS_AT_LEAST = 256, /* for each cycle when all are used up */
	MOST_HANDS = 30,      /* links of a cycle that are compared with each other */
};

void classifier_init(struct classifier *classifier, const struct links *links)
{
	*classifier = (struct classifier){.links = links, .steps = STEPS};
	order_init(&classifier->order, links->evidence);
	matching_init(&classifier->matching, links);
	choice_init(&classifier->choice, links, &classifier->order);
	order_init_of_run(&classifier->order_of_run, links->evidence);
	choice_init(&classifier->choice_of_run, links, &classifier->order_of_run);
	exchanges_init(&classifier->exchanges, links->evidence);
}

void classifier_deinit(struct classifier *classifier)
{
	order_deinit(&classifier->order);
	matching_deinit(&classifier->matching);
	choice_deinit(&classifier->choice);
	order_deinit(&classifier->order_of_run);
	choice_deinit(&classifier->choice_of_run);
	exchanges_deinit(&classifier->exchanges);
	free(classifier->instances);
}

static void make_room(struct classifier *classifier, uint32_t n)
{
	if (n <= classifier->capacity)
		return;
	classifier->capacity = n;
	classifier->instances = grow_array(classifier->instances, n, sizeof(*classifier->instances));
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

/* Two of the chosen instances that are ordered, and how that is known. */
static const struct known *find_order(const struct classifier *classifier, struct order *order, uint32_t n,
				      struct classified *ret)
{
	const struct instance *at = classifier->instances;

	for (uint32_t i = 0; i < n; i++) {
		const struct past *past = order_past(order, at[i].thread, at[i].segment);

		for (uint32_t k = 0; k < n; k++) {
			const struct known *known = past_find(past, at[k].thread, at[k].last);

			if (!known)
				continue;
			ret->first = k;
			ret->second = i;
			ret->reason = known->reason;
			return known;
		}
	}
	return NULL;
}

/* As choice_find(), with what is left of the steps. */
static int find_choice(struct classifier *classifier, struct choice *choice, const uint32_t *path, uint32_t n)
{
	uint64_t most = classifier->steps < STEPS_PER_CYCLE ? classifier->steps : STEPS_PER_CYCLE;
	uint64_t before = most < STEPS_AT_LEAST ? STEPS_AT_LEAST : most, steps = before;
	int answer;

	order_trim(choice->order);
	answer = choice_find(choice, path, n, &steps);
	classifier->steps -= before - steps < classifier->steps ? before - steps : classifier->steps;
	return answer;
}

static void take_choice(struct classifier *classifier, const struct choice *choice, uint32_t n)
{
	memcpy(classifier->instances, choice->instances, n * sizeof(*classifier->instances));
}

static bool are_ordered(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	int answer = find_choice(classifier, &classifier->choice, path, n);

	if (answer > 0)
		take_choice(classifier, &classifier->choice, n);
	else if (answer < 0)
		ret->doubt = DOUBT_UNDECIDED;
	else
		find_order(classifier, &classifier->order, n, ret);
	return answer == 0;
}

/* Is link `i` a join of a thread that signals under the lock that it is joined under? */
static bool is_told(const struct classifier *classifier, const uint32_t *path, uint32_t n, uint32_t i)
{
	const struct links *links = classifier->links;
	uint32_t next = (i + 1) % n;

	return evidence_object(links->evidence, links->at[path[i]].want)->kind == OBJECT_THREAD &&
	       evidence_tells(links->evidence, classifier->instances[next].thread, links->at[path[next]].want);
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
		else if (link->dep->flags & DEP_TRIED)
			ret->doubt = DOUBT_TRIED;
		else if (evidence_object(evidence, link->want)->kind == OBJECT_SEM)
			ret->doubt = DOUBT_SEMAPHORE;
		else if (evidence->is_handed_off[link->want])
			ret->doubt = DOUBT_HAND_OFF;
		else if (is_told(classifier, path, n, i)) {
			ret->doubt = DOUBT_TOLD;
			ret->doubt_lock = classifier->links->at[path[(i + 1) % n]].want;
		}
	}
}

/* Does one thread perhaps begin its part only when another has told it to?  Threads of different runs never do. */
static void find_hand_on(const struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	if (n > MOST_HANDS || classifier->links->evidence->same_as)
		return;
	for (uint32_t i = 0; i < n; i++)
		for (uint32_t k = 0; k < n && !ret->doubt; k++) {
			uint32_t lock = i == k ? 0 : exchanges_hand_on(&classifier->exchanges, classifier->links, path[i], path[k]);

			if (!lock)
				continue;
			ret->doubt = DOUBT_HANDED_ON;
			ret->doubt_lock = lock;
		}
}

/* Was a thread woken from a futex between any such parts?  Those that are free even of that are chosen before others. */
static void find_woken(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	bool has_woken = classifier->order_of_run.n_edges > classifier->order.n_edges;
	const struct known *known = NULL;
	int answer;

	if (ret->doubt || classifier->links->evidence->same_as || !has_woken)
		return;
	answer = find_choice(classifier, &classifier->choice_of_run, path, n);
	if (answer > 0)
		take_choice(classifier, &classifier->choice_of_run, n);
	else if (answer == 0)
		known = find_order(classifier, &classifier->order_of_run, n, ret);
	if (!known || !known->futex)
		return;
	ret->doubt = DOUBT_WOKEN;
	ret->doubt_lock = known->futex;
}

/* Could a case that the trace does not have be of another class?  Locks that are missing may lack the gate; threads that
 * are missing did nothing that others did not, but may have done it at another time. */
static bool may_lack_cases(const struct classifier *classifier, const uint32_t *path, uint32_t n,
			   enum finding_class class)
{
	for (uint32_t i = 0; i < n; i++) {
		const struct link *link = &classifier->links->at[path[i]];

		if (link->lacks_locks || (link->lacks_threads && class != CLASS_GUARDED))
			return true;
	}
	return false;
}

/* A forked process need not do what its parent does. */
static bool has_forked(const struct classifier *classifier, const uint32_t *path, uint32_t n)
{
	const struct session *session = classifier->links->evidence->session;

	for (uint32_t i = 0; i < n; i++)
		if (session->models[classifier->links->at[path[i]].model]->flags & TRACE_FORKED)
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
	if (classifier->links->evidence->same_as) {
		ret->doubt = has_forked(classifier, path, n) ? DOUBT_FORKED : DOUBT_NONE;
		return CLASS_POSSIBLE;
	}
	return are_ordered(classifier, path, n, ret) ? CLASS_ORDERED : CLASS_POSSIBLE;
}

void classify(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret)
{
	make_room(classifier, n);
	*ret = (struct classified){.instances = classifier->instances};
	ret->class = find_class(classifier, path, n, ret);
	if (ret->class != CLASS_POSSIBLE && may_lack_cases(classifier, path, n, ret->class)) {
		ret->class = CLASS_POSSIBLE;
		ret->doubt = DOUBT_CAPPED;
	}
	ret->severity = SEVERITY_NOTE;
	if (ret->class == CLASS_POSSIBLE) {
		find_doubt(classifier, path, n, ret);
		find_hand_on(classifier, path, n, ret);
		find_woken(classifier, path, n, ret);
		ret->severity = ret->doubt ? SEVERITY_WARNING : SEVERITY_ERROR;
	}
}
