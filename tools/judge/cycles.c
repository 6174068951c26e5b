/* SPDX-License-Identifier: MIT */
/* Spends a budget of steps on the components, smallest first. */
#include "cycles.h"

#include <stdlib.h>
#include <string.h>

enum {
	MAX_SHORT = 6,			/* links in a cycle that is searched for exhaustively */
	MAX_CYCLES = 10000,		/* cycles of one component */
	MAX_HARMLESS = 1000,
	STRICT_STEPS = 12000000,	/* about 0.3 s */
	HARMLESS_STEPS = 5000000,
	RING_STEPS = 12000000,
	RING_EDGES = 10000000,		/* memory: 40 MB */
};

struct hunt {
	const struct links *links;
	const struct cycle_finder *finder;
	struct search strict, lenient;
	uint64_t strict_steps, ring_steps;	/* what is left of the budgets */
	uint32_t *ring, n_ring;		/* the first long ring of this component, be it as it may */
	uint32_t n_harmless;		/* cycles of this component that cannot deadlock */
};

/* Could different threads do this with no gate between them?  Then the strict search has found it. */
static bool may_deadlock(struct hunt *hunt, const uint32_t *path, uint32_t n)
{
	uint32_t n_matched = 0;
	bool is_gated = false;

	while (n_matched < n && matching_push(&hunt->strict.matching, path[n_matched]))
		n_matched++;
	for (uint32_t i = 0; i < n_matched; i++)
		matching_pop(&hunt->strict.matching);
	for (uint32_t i = 0; i < n && !is_gated; i++)
		for (uint32_t k = 0; k < i && !is_gated; k++)
			is_gated = links_gate(hunt->links, path[i], path[k]) != 0;
	return n_matched == n && !is_gated;
}

static void found_harmless(void *context, const uint32_t *path, uint32_t n)
{
	struct hunt *hunt = context;

	if (may_deadlock(hunt, path, n)) {
		hunt->lenient.n_more++;
		return;
	}
	hunt->n_harmless++;
	hunt->finder->found(hunt->finder->context, path, n);
}

/* Cycles of two links, then of three, ... among links [first, end).  False when it had to stop. */
static bool find_short(struct search *search, uint32_t first, uint32_t end)
{
	for (search->length = 2; search->length <= MAX_SHORT && search->length <= end - first; search->length++)
		for (uint32_t root = first; root < end && search->links->at[root].is_back; root++)
			if (!search_from(search, root))
				return false;
	return true;
}

/* Looks for links that want what those of a ring want, one after the other, and may deadlock. */
static bool find_along(struct search *search, const uint32_t *ring, uint32_t n)
{
	const struct digraph *holders = &search->links->holders;
	uint32_t *wants = zeroed_array(n, sizeof(*wants)), last, n_before = search->n_found;

	for (uint32_t i = 0; i < n; i++)
		wants[i] = search->links->at[ring[i]].want;
	last = wants[n - 1];
	search->wants = wants;
	search->length = n;
	search->n_more = 1;
	for (uint64_t e = holders->first[last]; e < holders->first[last + 1] && search->n_found == n_before; e++)
		if (search->links->at[holders->to[e]].want == wants[0] && !search_from(search, holders->to[e]))
			break;
	search->wants = NULL;
	free(wants);
	return search->n_found > n_before;
}

/* Which links [first, first + graph->n) may follow which.  False when that took too long or is too much. */
static bool graph_of_links(struct search *search, uint32_t first, struct digraph *graph)
{
	uint32_t *followers = zeroed_array(search->links->n, sizeof(*followers)), i = 0;

	for (; i < graph->n && search->steps && graph->first[i] <= RING_EDGES; i++) {
		uint32_t n = search_followers(search, first + i, followers);

		for (uint32_t k = 0; k < n; k++)
			followers[k] -= first;
		digraph_append(graph, i, followers, n);
	}
	free(followers);
	return i == graph->n;
}

/* Tries the shortest ring through one link after the other, until one may deadlock.  Keeps the first one found anyway. */
static void try_rings(struct hunt *hunt, uint32_t first, const struct digraph *graph, const uint32_t *component)
{
	struct ring_search rings;
	uint32_t *ring = zeroed_array(graph->n, sizeof(*ring)), n = 0;
	bool is_found = false;

	ring_search_init(&rings, graph, hunt->strict.steps);
	for (uint32_t v = 0; v < graph->n && hunt->links->at[first + v].is_back && !is_found && rings.steps; v++) {
		n = component[v] ? ring_search_from(&rings, v, ring) : 0;
		for (uint32_t i = 0; i < n; i++)
			ring[i] += first;
		is_found = n && find_along(&hunt->strict, ring, n);
		if (n && !hunt->n_ring) {
			hunt->ring = grow_array(hunt->ring, n, sizeof(*ring));
			memcpy(hunt->ring, ring, n * sizeof(*ring));
			hunt->n_ring = n;
		}
		ring_search_bar(&rings, v);
	}
	hunt->strict.steps = rings.steps < hunt->strict.steps ? rings.steps : hunt->strict.steps;
	ring_search_deinit(&rings);
	free(ring);
}

/* Rings longer than find_short() can see.  False when it had to stop. */
static bool find_long(struct hunt *hunt, uint32_t first, uint32_t end)
{
	struct digraph graph;
	uint32_t *component = zeroed_array(end - first, sizeof(*component));
	bool is_complete;

	digraph_init(&graph, end - first);
	is_complete = graph_of_links(&hunt->strict, first, &graph);
	if (is_complete && digraph_components(&graph, component))
		try_rings(hunt, first, &graph, component);
	digraph_deinit(&graph);
	free(component);
	return is_complete && hunt->strict.steps;
}

static void stop(struct hunt *hunt, enum cycle_bound bound, uint32_t n_links)
{
	hunt->finder->stopped(hunt->finder->context, bound, n_links);
}

/* Returns whether all short cycles that may deadlock were seen. */
static bool hunt_strictly(struct hunt *hunt, uint32_t first, uint32_t end)
{
	struct search *search = &hunt->strict;
	bool is_complete;

	search->steps = hunt->strict_steps;
	search->n_more = MAX_CYCLES;
	search->n_found = 0;
	is_complete = find_short(search, first, end);
	hunt->strict_steps = search->steps;
	if (!is_complete)
		stop(hunt, search->n_more ? BOUND_STEPS : BOUND_CYCLES, end - first);
	if (search->n_found || end - first <= MAX_SHORT)
		return is_complete;
	search->steps = hunt->ring_steps;
	if (!find_long(hunt, first, end))
		stop(hunt, BOUND_RINGS, end - first);
	hunt->ring_steps = search->steps;
	return is_complete;
}

static void hunt_component(struct hunt *hunt, uint32_t first, uint32_t end)
{
	hunt->n_ring = 0;
	if (!hunt_strictly(hunt, first, end))
		return;
	hunt->lenient.n_more = MAX_HARMLESS;
	hunt->n_harmless = 0;
	if (!find_short(&hunt->lenient, first, end))
		stop(hunt, BOUND_HARMLESS, end - first);
	if (hunt->n_ring && !hunt->strict.n_found && !hunt->n_harmless)
		hunt->finder->found(hunt->finder->context, hunt->ring, hunt->n_ring);
}

static int compare_sizes(const void *a, const void *b, void *context)
{
	const uint64_t *first = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	uint64_t size_x = first[x + 1] - first[x], size_y = first[y + 1] - first[y];

	if (size_x != size_y)
		return size_x < size_y ? -1 : 1;
	return x < y ? -1 : 1;
}

void cycles_find(const struct links *links, const struct cycle_finder *finder)
{
	struct hunt hunt = {
		.links = links,
		.finder = finder,
		.strict_steps = STRICT_STEPS,
		.ring_steps = RING_STEPS,
	};
	const uint64_t *first = links->by_component.first;
	uint32_t *order = zeroed_array(links->n_components, sizeof(*order));

	search_init(&hunt.strict, links, finder->found, finder->context);
	search_init(&hunt.lenient, links, found_harmless, &hunt);
	hunt.strict.is_strict = true;
	hunt.lenient.steps = HARMLESS_STEPS;
	for (uint32_t c = 0; c < links->n_components; c++)
		order[c] = c + 1;
	qsort_r(order, links->n_components, sizeof(*order), compare_sizes, (void *)first);
	for (uint32_t i = 0; i < links->n_components; i++)
		if (first[order[i]] < first[order[i] + 1])
			hunt_component(&hunt, (uint32_t)first[order[i]], (uint32_t)first[order[i] + 1]);
	search_deinit(&hunt.strict);
	search_deinit(&hunt.lenient);
	free(hunt.ring);
	free(order);
}
