/* SPDX-License-Identifier: MIT */
/* The greedy order of Eades, Lin and Smyth (A fast and effective heuristic for the feedback arc set problem, 1993), which
 * sift.c then makes better.
 *
 * Vertices are taken away one by one: one without edges out goes to the end of the order, one without edges in to the
 * beginning, and when there is neither, the one with the most edges out over edges in goes to the beginning.  Vertices wait
 * in buckets by that difference, so all of it takes time in proportion to the edges.
 */
#include "rank.h"

#include "../trace/pool.h"

#include <stdbool.h>
#include <stdlib.h>

enum { NOBODY = UINT32_MAX, SINKS = 0, SOURCES = 1, FIRST_BUCKET = 2 };

struct ranking {
	const struct digraph *graph;
	struct digraph reverse;
	uint32_t *n_in, *n_out;		/* edges from and to vertices that are still there */
	uint32_t *bucket, *next, *before;	/* by vertex; `bucket` is NOBODY when it is gone */
	uint32_t *first;		/* by bucket */
	uint32_t offset;		/* bucket of difference 0 */
	uint32_t top;			/* no bucket above this one has anybody */
};

static uint32_t bucket_of(const struct ranking *ranking, uint32_t v)
{
	if (!ranking->n_out[v])
		return SINKS;
	return ranking->n_in[v] ? ranking->offset + ranking->n_out[v] - ranking->n_in[v] : SOURCES;
}

static void put(struct ranking *ranking, uint32_t v)
{
	uint32_t bucket = bucket_of(ranking, v), next = ranking->first[bucket];

	ranking->bucket[v] = bucket;
	ranking->next[v] = next;
	ranking->before[v] = NOBODY;
	if (next != NOBODY)
		ranking->before[next] = v;
	ranking->first[bucket] = v;
	if (bucket > ranking->top)
		ranking->top = bucket;
}

static void take(struct ranking *ranking, uint32_t v)
{
	uint32_t next = ranking->next[v], before = ranking->before[v];

	if (next != NOBODY)
		ranking->before[next] = before;
	if (before != NOBODY)
		ranking->next[before] = next;
	else
		ranking->first[ranking->bucket[v]] = next;
	ranking->bucket[v] = NOBODY;
}

/* An edge of v has gone with its other end. */
static void lose_edge(struct ranking *ranking, uint32_t v, uint32_t *n_edges)
{
	take(ranking, v);
	n_edges[v]--;
	put(ranking, v);
}

static void lose_edges(struct ranking *ranking, uint32_t gone, const struct digraph *graph, uint32_t *n_edges)
{
	for (uint64_t e = graph->first[gone]; e < graph->first[gone + 1]; e++) {
		if (ranking->bucket[graph->to[e]] != NOBODY)
			lose_edge(ranking, graph->to[e], n_edges);
	}
}

static void take_away(struct ranking *ranking, uint32_t v)
{
	take(ranking, v);
	lose_edges(ranking, v, ranking->graph, ranking->n_in);
	lose_edges(ranking, v, &ranking->reverse, ranking->n_out);
}

static void reverse(struct ranking *ranking)
{
	const struct digraph *graph = ranking->graph;

	digraph_init(&ranking->reverse, graph->n);
	for (uint32_t v = 0; v < graph->n; v++)
		for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++)
			digraph_count(&ranking->reverse, graph->to[e]);
	digraph_lay_out(&ranking->reverse);
	for (uint32_t v = 0; v < graph->n; v++)
		for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++)
			digraph_add(&ranking->reverse, graph->to[e], v);
}

/* Puts every vertex with edges into its bucket; returns how many there are. */
static uint32_t fill_buckets(struct ranking *ranking)
{
	const struct digraph *graph = ranking->graph, *back = &ranking->reverse;
	uint32_t most_in = 0, most_out = 0, n_buckets, n = 0;

	for (uint32_t v = 0; v < graph->n; v++) {
		ranking->n_out[v] = (uint32_t)(graph->first[v + 1] - graph->first[v]);
		ranking->n_in[v] = (uint32_t)(back->first[v + 1] - back->first[v]);
		most_out = ranking->n_out[v] > most_out ? ranking->n_out[v] : most_out;
		most_in = ranking->n_in[v] > most_in ? ranking->n_in[v] : most_in;
		ranking->bucket[v] = NOBODY;
	}
	ranking->offset = FIRST_BUCKET + most_in;
	n_buckets = ranking->offset + most_out + 1;
	ranking->first = zeroed_array(n_buckets, sizeof(*ranking->first));
	for (uint32_t i = 0; i < n_buckets; i++)
		ranking->first[i] = NOBODY;
	for (uint32_t v = 0; v < graph->n; v++) {
		if (!ranking->n_in[v] && !ranking->n_out[v])
			continue;
		put(ranking, v);
		n++;
	}
	return n;
}

/* The one to be taken away next, and whether it goes to the end. */
static uint32_t choose(struct ranking *ranking, bool *ret_is_last)
{
	*ret_is_last = ranking->first[SINKS] != NOBODY;
	if (*ret_is_last)
		return ranking->first[SINKS];
	if (ranking->first[SOURCES] != NOBODY)
		return ranking->first[SOURCES];
	while (ranking->first[ranking->top] == NOBODY)
		ranking->top--;
	return ranking->first[ranking->top];
}

/* Vertices with edges in their order; returns how many there are. */
static uint32_t greedy_order(struct ranking *ranking, uint32_t *ret_order)
{
	uint32_t n = fill_buckets(ranking), head = 0, tail = n;

	while (head < tail) {
		bool is_last;
		uint32_t v = choose(ranking, &is_last);

		ret_order[is_last ? --tail : head++] = v;
		take_away(ranking, v);
	}
	return n;
}

void rank_vertices(const struct digraph *graph, uint32_t *ret_rank)
{
	struct ranking ranking = {
		.graph = graph,
		.n_in = zeroed_array(graph->n, sizeof(uint32_t)),
		.n_out = zeroed_array(graph->n, sizeof(uint32_t)),
		.bucket = zeroed_array(graph->n, sizeof(uint32_t)),
		.next = zeroed_array(graph->n, sizeof(uint32_t)),
		.before = zeroed_array(graph->n, sizeof(uint32_t)),
	};
	uint32_t *order = zeroed_array(graph->n, sizeof(*order)), n;

	reverse(&ranking);
	n = greedy_order(&ranking, order);
	sift_order(graph, &ranking.reverse, order, n);
	for (uint32_t i = 0; i < n; i++)
		ret_rank[order[i]] = i;
	digraph_deinit(&ranking.reverse);
	free(ranking.n_in);
	free(ranking.n_out);
	free(ranking.bucket);
	free(ranking.next);
	free(ranking.before);
	free(ranking.first);
	free(order);
}
