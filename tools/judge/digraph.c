/* SPDX-License-Identifier: MIT */
/* Graphs in two arrays, and shortest rings by breadth-first search. */
#include "digraph.h"

#include "../trace/pool.h"

#include <stdlib.h>
#include <string.h>

enum { BARRED = UINT32_MAX };

void digraph_init(struct digraph *graph, uint32_t n)
{
	graph->n = n;
	graph->first = zeroed_array((size_t)n + 2, sizeof(*graph->first));
	graph->to = NULL;
	graph->capacity = 0;
}

void digraph_deinit(struct digraph *graph)
{
	free(graph->first);
	free(graph->to);
}

/* first[v + 2] counts the successors of v; it becomes the place of the first one of v + 1, and digraph_add() moves it
 * to that of v + 2. */
void digraph_lay_out(struct digraph *graph)
{
	for (uint32_t v = 0; v < graph->n; v++)
		graph->first[v + 2] += graph->first[v + 1];
	graph->capacity = graph->first[graph->n + 1] + 1;
	graph->to = grow_array(NULL, graph->capacity, sizeof(*graph->to));
}

void digraph_append(struct digraph *graph, uint32_t from, const uint32_t *to, uint32_t n)
{
	uint64_t size = graph->first[from] + n;

	if (size > graph->capacity) {
		graph->capacity = size * 2;
		graph->to = grow_array(graph->to, graph->capacity, sizeof(*graph->to));
	}
	if (n)
		memcpy(graph->to + graph->first[from], to, n * sizeof(*to));
	graph->first[from + 1] = size;
}

void ring_search_init(struct ring_search *search, const struct digraph *graph, uint64_t steps)
{
	*search = (struct ring_search){
		.graph = graph,
		.steps = steps,
		.seen = zeroed_array(graph->n, sizeof(*search->seen)),
		.before = zeroed_array(graph->n, sizeof(*search->before)),
		.queue = zeroed_array(graph->n, sizeof(*search->queue)),
	};
}

void ring_search_deinit(struct ring_search *search)
{
	free(search->seen);
	free(search->before);
	free(search->queue);
}

void ring_search_bar(struct ring_search *search, uint32_t vertex)
{
	search->seen[vertex] = BARRED;
}

/* The way from the root to `last`, which it came from, in order. */
static uint32_t trace_back(const struct ring_search *search, uint32_t root, uint32_t last, uint32_t *ret_ring)
{
	uint32_t n = 1;

	for (uint32_t v = last; v != root; v = search->before[v])
		n++;
	for (uint32_t i = n, v = last; i-- > 0; v = search->before[v])
		ret_ring[i] = v;
	return n;
}

uint32_t ring_search_from(struct ring_search *search, uint32_t root, uint32_t *ret_ring)
{
	const struct digraph *graph = search->graph;
	uint32_t n_queue = 1, round = ++search->n_searches;

	if (search->seen[root] == BARRED)
		return 0;
	search->queue[0] = root;
	for (uint32_t i = 0; i < n_queue; i++) {
		uint32_t v = search->queue[i];

		for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++) {
			uint32_t to = graph->to[e];

			if (search->steps == 0)
				return 0;
			search->steps--;
			if (to == root)
				return trace_back(search, root, v, ret_ring);
			if (search->seen[to] == round || search->seen[to] == BARRED)
				continue;
			search->seen[to] = round;
			search->before[to] = v;
			search->queue[n_queue++] = to;
		}
	}
	return 0;
}
