/* SPDX-License-Identifier: MIT */
/* Strongly connected components by Tarjan's algorithm, with a stack of its own instead of recursion: a graph may be one
 * path through a million locks.
 *
 * A vertex is numbered when it is first reached.  `low` is the smallest number of a vertex still on the stack that is
 * reached from it; a vertex whose low is its own number has everything above it on the stack for its component.
 */
#include "digraph.h"

#include "../trace/pool.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct tarjan {
	const struct digraph *graph;
	uint32_t *number, *low;		/* number 0: not reached yet */
	uint64_t *next;			/* the edge to be followed next */
	uint32_t *path, n_path;		/* from the root to where we are */
	uint32_t *stack, n_stack;	/* reached, component not known yet */
	bool *is_on_stack;
	uint32_t n_reached, n_components;
	uint32_t *component;
};

static void enter(struct tarjan *tarjan, uint32_t v)
{
	tarjan->number[v] = tarjan->low[v] = ++tarjan->n_reached;
	tarjan->next[v] = tarjan->graph->first[v];
	tarjan->path[tarjan->n_path++] = v;
	tarjan->stack[tarjan->n_stack++] = v;
	tarjan->is_on_stack[v] = true;
}

static void lower(struct tarjan *tarjan, uint32_t v, uint32_t low)
{
	if (low < tarjan->low[v])
		tarjan->low[v] = low;
}

/* Everything above v on the stack, and v, make a component. */
static void close_component(struct tarjan *tarjan, uint32_t v)
{
	bool is_alone = tarjan->stack[tarjan->n_stack - 1] == v;
	uint32_t number = is_alone ? 0 : ++tarjan->n_components, member;

	do {
		member = tarjan->stack[--tarjan->n_stack];
		tarjan->is_on_stack[member] = false;
		tarjan->component[member] = number;
	} while (member != v);
}

static void leave(struct tarjan *tarjan)
{
	uint32_t v = tarjan->path[--tarjan->n_path];

	if (tarjan->low[v] == tarjan->number[v])
		close_component(tarjan, v);
	if (tarjan->n_path)
		lower(tarjan, tarjan->path[tarjan->n_path - 1], tarjan->low[v]);
}

static void walk_from(struct tarjan *tarjan, uint32_t root)
{
	enter(tarjan, root);
	while (tarjan->n_path) {
		uint32_t v = tarjan->path[tarjan->n_path - 1], to;

		if (tarjan->next[v] == tarjan->graph->first[v + 1]) {
			leave(tarjan);
			continue;
		}
		to = tarjan->graph->to[tarjan->next[v]++];
		if (!tarjan->number[to])
			enter(tarjan, to);
		else if (tarjan->is_on_stack[to])
			lower(tarjan, v, tarjan->number[to]);
	}
}

uint32_t digraph_components(const struct digraph *graph, uint32_t *ret_component)
{
	uint32_t n = graph->n;
	struct tarjan tarjan = {
		.graph = graph,
		.number = zeroed_array(n, sizeof(*tarjan.number)),
		.low = zeroed_array(n, sizeof(*tarjan.low)),
		.next = zeroed_array(n, sizeof(*tarjan.next)),
		.path = zeroed_array(n, sizeof(*tarjan.path)),
		.stack = zeroed_array(n, sizeof(*tarjan.stack)),
		.is_on_stack = zeroed_array(n, sizeof(*tarjan.is_on_stack)),
		.component = ret_component,
	};

	memset(ret_component, 0, n * sizeof(*ret_component));
	for (uint32_t v = 0; v < n; v++)
		if (!tarjan.number[v] && graph->first[v] < graph->first[v + 1])
			walk_from(&tarjan, v);
	free(tarjan.number);
	free(tarjan.low);
	free(tarjan.next);
	free(tarjan.path);
	free(tarjan.stack);
	free(tarjan.is_on_stack);
	return tarjan.n_components;
}
