/* SPDX-License-Identifier: MIT */
/* Components and shortest rings, against ways to find them that are too slow to be wrong. */
#undef NDEBUG
#include "tools/judge/digraph.h"
#include "tools/judge/rank.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

enum { MOST = 12, N_RANDOM = 20000, LONG = 1000000 };

struct matrix {
	uint32_t n;
	bool is_edge[MOST][MOST];
};

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = 1;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

static void random_matrix(struct matrix *matrix)
{
	uint32_t n_edges;

	memset(matrix, 0, sizeof(*matrix));
	matrix->n = 1 + random_below(MOST);
	n_edges = random_below(2 * matrix->n + 1);
	for (uint32_t i = 0; i < n_edges; i++)
		matrix->is_edge[random_below(matrix->n)][random_below(matrix->n)] = true;
}

/* Both ways to build a graph give the same one. */
static void build(struct digraph *graph, const struct matrix *matrix, bool by_vertex)
{
	uint32_t to[MOST], n;

	digraph_init(graph, matrix->n);
	for (uint32_t v = 0; v < matrix->n; v++) {
		n = 0;
		for (uint32_t w = 0; w < matrix->n; w++)
			if (matrix->is_edge[v][w])
				to[n++] = w;
		for (uint32_t i = 0; i < n && !by_vertex; i++)
			digraph_count(graph, v);
		if (by_vertex)
			digraph_append(graph, v, to, n);
	}
	if (by_vertex)
		return;
	digraph_lay_out(graph);
	for (uint32_t v = 0; v < matrix->n; v++)
		for (uint32_t w = 0; w < matrix->n; w++)
			if (matrix->is_edge[v][w])
				digraph_add(graph, v, w);
}

/* Steps from one vertex to another, 0 when there is no way; by Floyd and Warshall. */
static void distances(const struct matrix *matrix, uint32_t steps[MOST][MOST])
{
	memset(steps, 0, sizeof(uint32_t[MOST][MOST]));
	for (uint32_t v = 0; v < matrix->n; v++)
		for (uint32_t w = 0; w < matrix->n; w++)
			steps[v][w] = matrix->is_edge[v][w];
	for (uint32_t k = 0; k < matrix->n; k++)
		for (uint32_t v = 0; v < matrix->n; v++)
			for (uint32_t w = 0; w < matrix->n; w++)
				if (steps[v][k] && steps[k][w] &&
				    (!steps[v][w] || steps[v][w] > steps[v][k] + steps[k][w]))
					steps[v][w] = steps[v][k] + steps[k][w];
}

static void expect_components(const struct matrix *matrix, const struct digraph *graph, uint32_t steps[MOST][MOST])
{
	uint32_t component[MOST], n = digraph_components(graph, component);

	for (uint32_t v = 0; v < matrix->n; v++) {
		bool is_alone = true;

		assert(component[v] <= n);
		for (uint32_t w = 0; w < matrix->n; w++) {
			bool is_same = v != w && steps[v][w] && steps[w][v];

			is_alone &= !is_same;
			if (v != w)
				assert((component[v] && component[v] == component[w]) == is_same);
		}
		assert(is_alone == !component[v]);
	}
}

static void expect_rings(const struct matrix *matrix, const struct digraph *graph, uint32_t steps[MOST][MOST])
{
	struct ring_search search;
	uint32_t ring[MOST];

	ring_search_init(&search, graph, UINT64_MAX);
	for (uint32_t v = 0; v < matrix->n; v++) {
		uint32_t n = ring_search_from(&search, v, ring);

		assert(n == steps[v][v] && (!n || ring[0] == v));
		for (uint32_t i = 0; i < n; i++)
			assert(matrix->is_edge[ring[i]][ring[(i + 1) % n]]);
	}
	ring_search_deinit(&search);
}

static void test_random(void)
{
	for (uint32_t i = 0; i < N_RANDOM; i++) {
		struct matrix matrix;
		struct digraph graph;
		uint32_t steps[MOST][MOST];

		random_matrix(&matrix);
		build(&graph, &matrix, i % 2);
		distances(&matrix, steps);
		expect_components(&matrix, &graph, steps);
		expect_rings(&matrix, &graph, steps);
		digraph_deinit(&graph);
	}
}

/* How many edges go back in the order that rank_vertices() gives; it is an order of all vertices with edges. */
static uint32_t count_back(const struct digraph *graph)
{
	uint32_t *rank = calloc(graph->n, sizeof(*rank)), n_back = 0;
	bool *is_end = calloc(graph->n, sizeof(*is_end)), *is_taken = calloc(graph->n, sizeof(*is_taken));

	assert(rank && is_end && is_taken);
	rank_vertices(graph, rank);
	for (uint32_t v = 0; v < graph->n; v++) {
		for (uint64_t e = graph->first[v]; e < graph->first[v + 1]; e++) {
			is_end[v] = is_end[graph->to[e]] = true;
			n_back += rank[v] >= rank[graph->to[e]];
		}
	}
	for (uint32_t v = 0; v < graph->n; v++) {
		assert(!is_end[v] || (rank[v] < graph->n && !is_taken[rank[v]]));
		if (is_end[v])
			is_taken[rank[v]] = true;
	}
	free(rank);
	free(is_end);
	free(is_taken);
	return n_back;
}

/* Without cycles no edge goes back; with some, at least one, and never more than half of those between two vertices. */
static void test_rank_random(void)
{
	for (uint32_t i = 0; i < N_RANDOM; i++) {
		struct matrix matrix;
		struct digraph graph;
		uint32_t steps[MOST][MOST], n_edges = 0, n_loops = 0, n_back;
		bool has_cycle = false;

		random_matrix(&matrix);
		build(&graph, &matrix, false);
		distances(&matrix, steps);
		for (uint32_t v = 0; v < matrix.n; v++) {
			has_cycle |= steps[v][v] != 0;
			n_loops += matrix.is_edge[v][v];
			for (uint32_t w = 0; w < matrix.n; w++)
				n_edges += matrix.is_edge[v][w];
		}
		n_back = count_back(&graph);
		assert(has_cycle == (n_back > 0) && n_back - n_loops <= (n_edges - n_loops) / 2);
		digraph_deinit(&graph);
	}
}

/* What has lost all its edges in comes next, however few it has out: so two edges go back here, and no order has fewer. */
static void test_rank_source(void)
{
	static const uint32_t edges[][2] = {{0, 1}, {1, 2}, {2, 3}, {2, 4}, {3, 4}, {4, 3}, {4, 5}, {5, 0}, {5, 2}, {5, 3}};
	struct matrix matrix = {.n = 6};
	struct digraph graph;

	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++)
		matrix.is_edge[edges[i][0]][edges[i][1]] = true;
	build(&graph, &matrix, false);
	assert(count_back(&graph) == 2);
	digraph_deinit(&graph);
}

/* A hierarchy of a thousand locks and 20,000 nestings, of which ten go the wrong way: few go back. */
static void test_rank_hierarchy(void)
{
	enum { N = 1000, N_OUT = 20, N_SLIPS = 10 };
	struct digraph graph;
	uint32_t to[N_OUT + 1];

	digraph_init(&graph, N);
	for (uint32_t v = 0; v < N; v++) {
		uint32_t n = 0;

		for (; v + 1 < N && n < N_OUT; n++)
			to[n] = v + 1 + random_below(N - v - 1);
		if (v % (N / N_SLIPS) == 50)
			to[n++] = random_below(v);
		digraph_append(&graph, v, to, n);
	}
	assert(count_back(&graph) <= 15 * N_SLIPS);
	digraph_deinit(&graph);
}

/* A million locks in one path, closed or not: nothing here may recurse. */
static void test_long(bool is_closed)
{
	uint32_t *component = calloc(LONG, sizeof(*component)), *ring = calloc(LONG, sizeof(*ring)), to;
	struct ring_search search;
	struct digraph graph;

	assert(component && ring);
	digraph_init(&graph, LONG);
	for (uint32_t v = 0; v < LONG; v++) {
		to = (v + 1) % LONG;
		digraph_append(&graph, v, &to, to || is_closed);
	}
	assert(digraph_components(&graph, component) == is_closed);
	assert(count_back(&graph) == is_closed);
	ring_search_init(&search, &graph, UINT64_MAX);
	assert(ring_search_from(&search, 7, ring) == (is_closed ? LONG : 0));
	assert(!is_closed || (ring[0] == 7 && ring[LONG - 1] == 6));
	ring_search_deinit(&search);
	digraph_deinit(&graph);
	free(component);
	free(ring);
}

/* A ring through a barred vertex is not found, a longer way round is. */
static void test_barred(void)
{
	struct matrix matrix = {.n = 4};
	struct ring_search search;
	struct digraph graph;
	uint32_t ring[4];

	matrix.is_edge[0][1] = matrix.is_edge[1][0] = true;
	matrix.is_edge[0][2] = matrix.is_edge[2][3] = matrix.is_edge[3][0] = true;
	build(&graph, &matrix, true);
	ring_search_init(&search, &graph, UINT64_MAX);
	assert(ring_search_from(&search, 0, ring) == 2);
	ring_search_bar(&search, 1);
	assert(ring_search_from(&search, 0, ring) == 3 && ring[1] == 2);
	ring_search_bar(&search, 0);
	assert(ring_search_from(&search, 0, ring) == 0 && ring_search_from(&search, 2, ring) == 0);
	ring_search_deinit(&search);
	digraph_deinit(&graph);
}

/* It stops when its steps are used up. */
static void test_steps(void)
{
	struct matrix matrix = {.n = 3};
	struct ring_search search;
	struct digraph graph;
	uint32_t ring[3];

	matrix.is_edge[0][1] = matrix.is_edge[1][2] = matrix.is_edge[2][0] = true;
	build(&graph, &matrix, false);
	ring_search_init(&search, &graph, 2);
	assert(ring_search_from(&search, 0, ring) == 0 && search.steps == 0);
	ring_search_deinit(&search);
	digraph_deinit(&graph);
}

int main(void)
{
	test_random();
	test_rank_random();
	test_rank_source();
	test_rank_hierarchy();
	test_long(true);
	test_long(false);
	test_barred();
	test_steps();
	return 0;
}
