/* SPDX-License-Identifier: MIT */
/* Happens-before on demand: pasts are sparse, and only those of threads that are in a cycle are asked for. */
#include "order.h"

#include <stdlib.h>

enum { MAX_CACHED_SIZE = 64 << 20 };

struct order_edge {
	uint32_t from_thread, from_segment;
	uint32_t to_thread, to_segment;
	enum order_reason reason;
	uint32_t futex; /* where to_thread was woken, or 0 */
};

/* The walk backwards from one segment.  All but `reached` and `stack` is by thread. */
struct order_walk {
	uint32_t *newest; /* segment that is over, + 1; 0 none is known to be */
	enum order_reason *reason;
	uint32_t *futex; /* where a thread was woken on the way from there, the nearest one */
	uint32_t *next_edge; /* edges before this one have been followed */
	uint32_t *reached, n_reached;
	uint32_t *stack, n_stack; /* threads with edges to follow */
	bool *is_on_stack;
};

static int compare_edges(const void *a, const void *b)
{
	const struct order_edge *x = a, *y = b;

	if (x->to_thread != y->to_thread)
		return x->to_thread < y->to_thread ? -1 : 1;
	return (x->to_segment > y->to_segment) - (x->to_segment < y->to_segment);
}

static void add_edge(struct order *order, struct order_edge edge)
{
	if (order->n_edges == order->edge_capacity) {
		order->edge_capacity = order->edge_capacity ? order->edge_capacity * 2 : 64;
		order->edges = grow_array(order->edges, order->edge_capacity, sizeof(*order->edges));
	}
	order->edges[order->n_edges++] = edge;
}

/* A round of a barrier is like a thread of one segment: the parties' pasts lead into it, and it leads to all of them. */
static void add_party(struct order *order, struct table *rounds, uint32_t m, const struct edge *edge,
		      uint32_t first_thread)
{
	uint32_t *round = table_at(rounds, mix(mix(mix(0, m), edge->object), edge->round));

	if (!*round)
		*round = order->n_vertices++;
	add_edge(order, (struct order_edge){
				.from_thread = first_thread + edge->from_thread,
				.from_segment = edge->from_segment,
				.to_thread = *round,
				.reason = ORDER_MET,
			});
	add_edge(order, (struct order_edge){
				.from_thread = *round,
				.to_thread = first_thread + edge->to_thread,
				.to_segment = edge->to_segment,
				.reason = ORDER_MET,
			});
}

/* By thread: behind which segment it took no lock any more while it held another; 0 it never did. */
static uint32_t *ends_of_nesting(const struct model *model)
{
	uint32_t *ends = zeroed_array(model->n_threads, sizeof(*ends));

	for (uint32_t i = 0; i < model->n_deps; i++) {
		const struct dep *dep = &model->deps[i];

		if (dep->op == OP_ACQUIRE && dep->n_held && dep->segment >= ends[dep->thread])
			ends[dep->thread] = dep->flags & DEP_MORE ? UINT32_MAX : dep->segment + 1;
	}
	return ends;
}

/* A semaphore that a thread had from its making to the thread's own end: who gets it then has joined the thread, as Python
 * does.  Other code, too, takes what it has just made, when others might have been first; but does not end with that. */
static bool is_join(const struct model *model, const uint32_t *ends, const struct edge *edge)
{
	return edge->kind == EDGE_LEFT && model->threads[edge->from_thread].is_ended &&
	       ends[edge->from_thread] <= edge->from_segment + 1;
}

static bool counts(const struct model *model, const uint32_t *ends, const struct edge *edge, bool is_of_run)
{
	switch (edge->kind) {
	case EDGE_LEFT:
		return is_join(model, ends, edge);
	case EDGE_WOKEN:
		return is_of_run;
	default:
		return true;
	}
}

static enum order_reason reason_of(const struct edge *edge)
{
	return edge->kind == EDGE_LEFT ? ORDER_JOINED : (enum order_reason)edge->kind;
}

static void add_edges_of(struct order *order, struct table *rounds, const struct evidence *evidence, uint32_t m,
			 bool is_of_run)
{
	const struct model *model = evidence->session->models[m];
	uint32_t first_thread = evidence->first_thread[m], first_lock = evidence->first_lock[m];
	uint32_t *ends = ends_of_nesting(model);

	for (uint32_t t = 1; t < model->n_threads; t++)
		if (model->threads[t].index && model->threads[t].parent)
			add_edge(order, (struct order_edge){
						.from_thread = first_thread + model->threads[t].parent,
						.from_segment = model->threads[t].parent_segment,
						.to_thread = first_thread + t,
						.reason = ORDER_CREATED,
					});
	for (uint32_t i = 0; i < model->n_edges; i++) {
		const struct edge *edge = &model->edges[i];

		if (edge->kind == EDGE_BARRIER)
			add_party(order, rounds, m, edge, first_thread);
		else if (counts(model, ends, edge, is_of_run))
			add_edge(order, (struct order_edge){
						.from_thread = first_thread + edge->from_thread,
						.from_segment = edge->from_segment,
						.to_thread = first_thread + edge->to_thread,
						.to_segment = edge->to_segment,
						.reason = reason_of(edge),
						.futex = edge->kind == EDGE_WOKEN ? first_lock + edge->object : 0,
					});
	}
	free(ends);
}

static uint64_t key_of_process(uint32_t pid, uint64_t start_ns)
{
	return mix(mix(0, pid), start_ns);
}

/* What a thread did before it forked came before everything in the child. */
static void add_forks(struct order *order, const struct evidence *evidence)
{
	const struct session *session = evidence->session;
	struct table processes = {0};

	for (uint32_t m = 0; m < session->n_models; m++)
		*table_at(&processes, key_of_process(session->models[m]->pid, session->models[m]->start_monotonic_ns)) = m + 1;
	for (uint32_t m = 0; m < session->n_models; m++) {
		const struct fork *fork = &session->models[m]->fork;
		uint32_t parent = *table_at(&processes, key_of_process(fork->parent_pid, fork->parent_start_ns));

		if (parent && fork->parent_thread < session->models[parent - 1]->n_threads)
			add_edge(order, (struct order_edge){
						.from_thread = evidence->first_thread[parent - 1] + fork->parent_thread,
						.from_segment = fork->parent_segment,
						.to_thread = evidence->first_thread[m] + 1,
						.reason = ORDER_CREATED,
					});
	}
	table_deinit(&processes);
}

static void collect_edges(struct order *order, const struct evidence *evidence, bool is_of_run)
{
	const struct session *session = evidence->session;
	struct table rounds = {0};

	for (uint32_t m = 0; m < session->n_models; m++)
		add_edges_of(order, &rounds, evidence, m, is_of_run);
	add_forks(order, evidence);
	table_deinit(&rounds);
	if (order->n_edges)
		qsort(order->edges, order->n_edges, sizeof(*order->edges), compare_edges);
	order->first_edge = zeroed_array((size_t)order->n_vertices + 1, sizeof(*order->first_edge));
	for (uint32_t i = 0; i < order->n_edges; i++)
		order->first_edge[order->edges[i].to_thread + 1]++;
	for (uint32_t v = 0; v < order->n_vertices; v++)
		order->first_edge[v + 1] += order->first_edge[v];
}

static struct order_walk *walk_new(uint32_t n)
{
	struct order_walk *walk = zeroed_array(1, sizeof(*walk));

	walk->newest = zeroed_array(n, sizeof(*walk->newest));
	walk->reason = zeroed_array(n, sizeof(*walk->reason));
	walk->futex = zeroed_array(n, sizeof(*walk->futex));
	walk->next_edge = zeroed_array(n, sizeof(*walk->next_edge));
	walk->reached = zeroed_array(n, sizeof(*walk->reached));
	walk->stack = zeroed_array(n, sizeof(*walk->stack));
	walk->is_on_stack = zeroed_array(n, sizeof(*walk->is_on_stack));
	return walk;
}

static void walk_free(struct order_walk *walk)
{
	free(walk->newest);
	free(walk->reason);
	free(walk->futex);
	free(walk->next_edge);
	free(walk->reached);
	free(walk->stack);
	free(walk->is_on_stack);
	free(walk);
}

static void init(struct order *order, const struct evidence *evidence, bool is_of_run)
{
	*order = (struct order){
		.n_threads = evidence->n_threads,
		.n_vertices = evidence->n_threads,
		.pool = pool_new(),
	};
	collect_edges(order, evidence, is_of_run);
	order->walk = walk_new(order->n_vertices);
}

void order_init(struct order *order, const struct evidence *evidence)
{
	init(order, evidence, false);
}

void order_init_of_run(struct order *order, const struct evidence *evidence)
{
	init(order, evidence, true);
}

void order_deinit(struct order *order)
{
	free(order->first_edge);
	free(order->edges);
	free(order->cached);
	walk_free(order->walk);
	table_deinit(&order->pasts);
	pool_free(order->pool);
}

static void reach(struct order *order, uint32_t thread, uint32_t segment, enum order_reason reason, uint32_t futex)
{
	struct order_walk *walk = order->walk;

	segment -= segment == UINT32_MAX;
	if (walk->newest[thread] > segment)
		return;
	if (!walk->newest[thread]) {
		walk->reached[walk->n_reached++] = thread;
		walk->next_edge[thread] = order->first_edge[thread];
	}
	walk->newest[thread] = segment + 1;
	walk->reason[thread] = reason;
	walk->futex[thread] = futex;
	if (!walk->is_on_stack[thread]) {
		walk->is_on_stack[thread] = true;
		walk->stack[walk->n_stack++] = thread;
	}
}

static void follow_edges(struct order *order, uint32_t thread)
{
	struct order_walk *walk = order->walk;

	while (walk->next_edge[thread] < order->first_edge[thread + 1]) {
		const struct order_edge *edge = &order->edges[walk->next_edge[thread]];

		if (edge->to_segment >= walk->newest[thread])
			return;
		walk->next_edge[thread]++;
		reach(order, edge->from_thread, edge->from_segment, edge->reason,
		      edge->futex ? edge->futex : walk->futex[thread]);
	}
}

static int compare_known(const void *a, const void *b)
{
	const struct known *x = a, *y = b;

	return (x->thread > y->thread) - (x->thread < y->thread);
}

/* Makes a past of what the walk has reached, and leaves the walk ready for another. */
static const struct past *take_past(struct order *order, uint32_t self)
{
	struct order_walk *walk = order->walk;
	size_t size = sizeof(struct past) + walk->n_reached * sizeof(struct known);
	struct past *past = pool_alloc(order->pool, size);

	order->cached_size += size;
	for (uint32_t i = 0; i < walk->n_reached; i++) {
		uint32_t thread = walk->reached[i];

		if (thread != self && thread < order->n_threads)
			past->known[past->n++] = (struct known){thread, walk->newest[thread] - 1, walk->reason[thread],
								walk->futex[thread]};
		walk->newest[thread] = 0;
	}
	walk->n_reached = 0;
	qsort(past->known, past->n, sizeof(*past->known), compare_known);
	return past;
}

const struct past *order_past(struct order *order, uint32_t thread, uint32_t segment)
{
	struct order_walk *walk = order->walk;
	uint32_t *number = table_at(&order->pasts, mix(thread, segment));

	if (*number)
		return order->cached[*number - 1];
	reach(order, thread, segment, ORDER_CREATED, 0);
	while (walk->n_stack) {
		uint32_t next = walk->stack[--walk->n_stack];

		walk->is_on_stack[next] = false;
		follow_edges(order, next);
	}
	if (order->n_cached == order->capacity) {
		order->capacity = order->capacity ? order->capacity * 2 : 64;
		order->cached = grow_array(order->cached, order->capacity, sizeof(*order->cached));
	}
	order->cached[order->n_cached++] = take_past(order, thread);
	*number = order->n_cached;
	return order->cached[order->n_cached - 1];
}

void order_trim(struct order *order)
{
	if (order->cached_size < MAX_CACHED_SIZE)
		return;
	pool_free(order->pool);
	table_deinit(&order->pasts);
	order->pool = pool_new();
	order->pasts = (struct table){0};
	order->n_cached = 0;
	order->cached_size = 0;
}

const struct known *past_find(const struct past *past, uint32_t thread, uint32_t segment)
{
	uint32_t low = 0, high = past->n;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (past->known[middle].thread < thread)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == past->n || past->known[low].thread != thread || past->known[low].segment < segment)
		return NULL;
	return &past->known[low];
}
