/* SPDX-License-Identifier: MIT */
/* Directed graphs as arrays: who follows whom, the knots in them, and the shortest ring through a place. */
#ifndef SNAG_DIGRAPH_H
#define SNAG_DIGRAPH_H

#include <stdint.h>

/* The successors of vertex v are to[first[v]] .. to[first[v + 1] - 1]. */
struct digraph {
	uint32_t n;
	uint64_t *first;
	uint32_t *to;
	uint64_t capacity;		/* of `to` */
};

/* A graph is built in two rounds over the same edges: digraph_count() each, digraph_lay_out(), digraph_add() each. */
void digraph_init(struct digraph *graph, uint32_t n);
void digraph_deinit(struct digraph *graph);
void digraph_lay_out(struct digraph *graph);

static inline void digraph_count(struct digraph *graph, uint32_t from)
{
	graph->first[from + 2]++;
}

static inline void digraph_add(struct digraph *graph, uint32_t from, uint32_t to)
{
	graph->to[graph->first[from + 1]++] = to;
}

/* Or vertex by vertex, from 0 up, with all successors of each; digraph_lay_out() is not called then. */
void digraph_append(struct digraph *graph, uint32_t from, const uint32_t *to, uint32_t n);

/* Strongly connected components of two vertices and more, numbered from 1: ret_component[v] is 0 for a vertex that lies on
 * no cycle (except one of its own).  Returns how many there are. */
uint32_t digraph_components(const struct digraph *graph, uint32_t *ret_component);

/* Looks for shortest rings, one root after another. */
struct ring_search {
	const struct digraph *graph;
	uint64_t steps;			/* edges it may still follow */
	uint32_t *seen;			/* in the search from which root (numbered from 1), or BARRED */
	uint32_t *before, *queue;
	uint32_t n_searches;
};

void ring_search_init(struct ring_search *search, const struct digraph *graph, uint64_t steps);
void ring_search_deinit(struct ring_search *search);

/* The shortest ring through `root`, in order, into ret_ring (room for graph->n); returns its length, 0 for none, or when
 * the steps are used up. */
uint32_t ring_search_from(struct ring_search *search, uint32_t root, uint32_t *ret_ring);

/* No ring found later goes through this vertex. */
void ring_search_bar(struct ring_search *search, uint32_t vertex);

#endif
