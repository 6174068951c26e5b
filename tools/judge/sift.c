/* SPDX-License-Identifier: MIT */
/* Makes an order of vertices better: each vertex in turn moves to where the fewest of its edges go back.
 *
 * Places are real numbers while vertices move, so that one can be put between two others without moving those.
 */
#include "rank.h"

#include "../trace/pool.h"

#include <stdbool.h>
#include <stdlib.h>

enum { MOST_PASSES = 5 };

/* A neighbour's place, and what it costs to be behind it: 1 when the edge leads to it, -1 when it comes from there. */
struct neighbour {
	double place;
	int cost;
};

struct sifting {
	const struct digraph *graph, *reverse;
	uint32_t *order, n;
	double *place;			/* by vertex */
	struct neighbour *neighbours;	/* of the vertex that is sifted */
	uint32_t n_neighbours;
};

static int compare_neighbours(const void *a, const void *b)
{
	const struct neighbour *x = a, *y = b;

	return (x->place > y->place) - (x->place < y->place);
}

static void add_neighbours(struct sifting *sifting, const struct digraph *graph, uint32_t v, int cost)
{
	for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++)
		if (graph->to[e] != v)
			sifting->neighbours[sifting->n_neighbours++] =
				(struct neighbour){sifting->place[graph->to[e]], cost};
}

/* The place before neighbour `i`, and behind the one before it. */
static double place_before(const struct sifting *sifting, uint32_t i)
{
	const struct neighbour *neighbours = sifting->neighbours;

	if (i == 0)
		return neighbours[0].place - 1;
	if (i == sifting->n_neighbours)
		return neighbours[i - 1].place + 1;
	return (neighbours[i - 1].place + neighbours[i].place) / 2;
}

/* Returns whether the vertex moved. */
static bool sift(struct sifting *sifting, uint32_t v)
{
	int cost = 0, cost_here = 0, least = 0;
	uint32_t best = 0;

	sifting->n_neighbours = 0;
	add_neighbours(sifting, sifting->graph, v, 1);
	add_neighbours(sifting, sifting->reverse, v, -1);
	qsort(sifting->neighbours, sifting->n_neighbours, sizeof(*sifting->neighbours), compare_neighbours);
	for (uint32_t i = 0; i < sifting->n_neighbours; i++) {
		cost += sifting->neighbours[i].cost;
		if (sifting->neighbours[i].place < sifting->place[v])
			cost_here = cost;
		if (cost < least) {
			least = cost;
			best = i + 1;
		}
	}
	if (least >= cost_here)
		return false;
	sifting->place[v] = place_before(sifting, best);
	return true;
}

static int compare_places(const void *a, const void *b, void *context)
{
	const double *place = context;
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	if (place[x] != place[y])
		return place[x] < place[y] ? -1 : 1;
	return x < y ? -1 : 1;
}

/* Sifts every vertex once, from the last to the first when `pass` is odd; then their places are whole numbers again. */
static bool sift_all(struct sifting *sifting, uint32_t pass)
{
	bool has_moved = false;

	for (uint32_t i = 0; i < sifting->n; i++)
		has_moved |= sift(sifting, sifting->order[pass % 2 ? sifting->n - 1 - i : i]);
	qsort_r(sifting->order, sifting->n, sizeof(*sifting->order), compare_places, sifting->place);
	for (uint32_t i = 0; i < sifting->n; i++)
		sifting->place[sifting->order[i]] = i;
	return has_moved;
}

static uint32_t most_neighbours(const struct digraph *graph, const struct digraph *reverse)
{
	uint64_t most = 0;

	for (uint32_t v = 0; v < graph->n; v++) {
		uint64_t n = graph->first[v + 1] - graph->first[v] + reverse->first[v + 1] - reverse->first[v];

		most = n > most ? n : most;
	}
	return (uint32_t)most;
}

void sift_order(const struct digraph *graph, const struct digraph *reverse, uint32_t *order, uint32_t n)
{
	struct sifting sifting = {
		.graph = graph,
		.reverse = reverse,
		.order = order,
		.n = n,
		.place = zeroed_array(graph->n, sizeof(double)),
		.neighbours = zeroed_array(most_neighbours(graph, reverse), sizeof(struct neighbour)),
	};

	for (uint32_t i = 0; i < n; i++)
		sifting.place[order[i]] = i;
	for (uint32_t pass = 0; pass < MOST_PASSES && sift_all(&sifting, pass); pass++)
		;
	free(sifting.place);
	free(sifting.neighbours);
}
