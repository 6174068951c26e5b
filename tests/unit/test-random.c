/* SPDX-License-Identifier: MIT */
/* Small random programs: what the judge calls possible is exactly what trying all ways finds.
 *
 * A way is a sequence of recorded dependencies of different threads, each holding what the one before it wants, without a
 * gate between any two and without an order between any two, and without a shorter way inside.
 */
#undef NDEBUG
#include "court.h"

#include "tools/judge/evidence.h"
#include "tools/judge/modes.h"
#include "tools/judge/order.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { N_PROGRAMS = 2500, MOST_LOCKS = 5, MOST_THREADS = 5, MOST_DEPS = 14 };

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = 42;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* ---- programs --------------------------------------------------------------------------------------------------- */

/* Threads are created and joined by threads that are there before them, in segments that go up. */
static uint32_t random_threads(struct trace *trace)
{
	uint32_t n = 2 + random_below(MOST_THREADS - 1), segment[MOST_THREADS + 1] = {0};

	for (uint32_t i = 2; i <= n; i++) {
		uint32_t parent = 1 + random_below(i - 1);

		trace_thread(trace, parent, segment[parent]++);
		if (i > 2 && random_below(3) == 0) {
			uint32_t joined = 2 + random_below(i - 2), by = 1 + random_below(joined - 1);

			trace_edge(trace, EDGE_JOIN, joined, UINT32_MAX, by, ++segment[by]);
		}
	}
	return n;
}

static void random_dep(struct trace *trace, uint32_t n_threads, uint32_t n_locks, uint32_t number)
{
	struct record_held held[MOST_LOCKS];
	uint32_t taken = 0, n = 0, n_holds = random_below(3) + (random_below(4) > 0);
	struct trace_want want = {
		.thread = 1 + random_below(n_threads),
		.segment = random_below(3),
		.object = 1 + random_below(n_locks),
		.stack = trace_site(trace, number * 8),
	};

	want.mode = want.object > 3 ? (enum object_mode)random_below(2) : MODE_WRITE;
	taken = 1u << want.object;
	while (n < n_holds && n + 1 < n_locks) {
		uint32_t lock = 1 + random_below(n_locks);

		if (taken & 1u << lock)
			continue;
		taken |= 1u << lock;
		held[n] = (struct record_held){.object = lock, .stack = trace_site(trace, number * 8 + n + 1)};
		held[n++].mode = lock > 3 ? random_below(2) : MODE_WRITE;
	}
	want.n_held = n;
	want.held = held;
	trace_dep(trace, &want);
}

/* Locks above 3 are read-write locks; every dependency has places of its own. */
static struct trace *random_program(void)
{
	struct trace *trace = trace_new(1);
	uint32_t n_locks = 2 + random_below(MOST_LOCKS - 1), n_threads, n_deps = 1 + random_below(MOST_DEPS);

	for (uint32_t i = 1; i <= n_locks; i++)
		i > 3 ? trace_rwlock(trace) : trace_mutex(trace);
	n_threads = random_threads(trace);
	for (uint32_t i = 1; i <= n_deps; i++)
		random_dep(trace, n_threads, n_locks, i);
	return trace;
}

/* ---- all ways --------------------------------------------------------------------------------------------------- */

struct ways {
	const struct model *model;
	struct evidence evidence;
	struct order order;
	const struct dep *path[MOST_THREADS];
	uint32_t n;
	/* Cycles of locks, as the sequence of what is wanted from the smallest on, four bits a lock. */
	uint64_t cycles[512];
	uint32_t n_cycles;
};

static const struct held *hold_of(const struct dep *dep, uint32_t object)
{
	for (uint32_t i = 0; i < dep->n_held; i++)
		if (dep->held[i].object == object)
			return &dep->held[i];
	return NULL;
}

static bool blocks(const struct dep *holder, const struct dep *waiter)
{
	const struct held *held = hold_of(holder, waiter->object);

	return held && modes_conflict(held->mode, waiter->mode);
}

static bool has_gate(const struct dep *a, const struct dep *b)
{
	for (uint32_t i = 0; i < a->n_held; i++) {
		const struct held *held = hold_of(b, a->held[i].object);

		if (held && modes_conflict(held->mode, a->held[i].mode))
			return true;
	}
	return false;
}

static bool are_apart(struct ways *ways, const struct dep *a, const struct dep *b)
{
	return a->thread == b->thread || a->object == b->object || has_gate(a, b) ||
	       past_find(order_past(&ways->order, a->thread, a->segment), b->thread, b->segment) ||
	       past_find(order_past(&ways->order, b->thread, b->segment), a->thread, a->segment);
}

/* Does any but the next one hold what one wants? */
static bool has_shorter(const struct ways *ways)
{
	for (uint32_t i = 0; i < ways->n; i++)
		for (uint32_t k = 0; k < ways->n; k++)
			if (k != (i + 1) % ways->n && hold_of(ways->path[k], ways->path[i]->object))
				return true;
	return false;
}

static void add_cycle(struct ways *ways, const uint32_t *wants, uint32_t n)
{
	uint32_t first = 0;
	uint64_t cycle = 0;

	for (uint32_t i = 1; i < n; i++)
		if (wants[i] < wants[first])
			first = i;
	for (uint32_t i = 0; i < n; i++)
		cycle = cycle << 4 | wants[(first + i) % n];
	for (uint32_t i = 0; i < ways->n_cycles; i++)
		if (ways->cycles[i] == cycle)
			return;
	assert(ways->n_cycles < sizeof(ways->cycles) / sizeof(ways->cycles[0]));
	ways->cycles[ways->n_cycles++] = cycle;
}

static void close_way(struct ways *ways)
{
	uint32_t wants[MOST_THREADS];

	if (ways->n < 2 || !blocks(ways->path[0], ways->path[ways->n - 1]) || has_shorter(ways))
		return;
	for (uint32_t i = 0; i < ways->n; i++)
		wants[i] = ways->path[i]->object;
	add_cycle(ways, wants, ways->n);
}

static void try_all(struct ways *ways)
{
	close_way(ways);
	for (uint32_t d = 0; d < ways->model->n_deps && ways->n < MOST_THREADS; d++) {
		const struct dep *dep = &ways->model->deps[d];
		bool fits = !ways->n || blocks(dep, ways->path[ways->n - 1]);

		for (uint32_t i = 0; i < ways->n && fits; i++)
			fits = !are_apart(ways, dep, ways->path[i]);
		if (!fits)
			continue;
		ways->path[ways->n++] = dep;
		try_all(ways);
		ways->n--;
	}
}

/* ---- comparison ------------------------------------------------------------------------------------------------- */

static void collect_findings(struct ways *ways, const struct verdict *verdict)
{
	for (uint32_t i = 0; i < verdict->n_findings; i++) {
		const struct finding *finding = &verdict->findings[i];
		uint32_t wants[MOST_THREADS];

		if (finding->class != CLASS_POSSIBLE)
			continue;
		assert(finding->n_parts <= MOST_THREADS);
		for (uint32_t k = 0; k < finding->n_parts; k++)
			wants[k] = finding->parts[k].want.object;
		add_cycle(ways, wants, finding->n_parts);
	}
}

static int compare_cycles(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return (x > y) - (x < y);
}

static void expect_same(struct ways *all, struct ways *found, uint32_t program)
{
	qsort(all->cycles, all->n_cycles, sizeof(all->cycles[0]), compare_cycles);
	qsort(found->cycles, found->n_cycles, sizeof(found->cycles[0]), compare_cycles);
	if (all->n_cycles == found->n_cycles &&
	    memcmp(all->cycles, found->cycles, all->n_cycles * sizeof(all->cycles[0])) == 0)
		return;
	fprintf(stderr, "program %u\nthere are:", program);
	for (uint32_t i = 0; i < all->n_cycles; i++)
		fprintf(stderr, " %llx", (unsigned long long)all->cycles[i]);
	fprintf(stderr, "\nfound:");
	for (uint32_t i = 0; i < found->n_cycles; i++)
		fprintf(stderr, " %llx", (unsigned long long)found->cycles[i]);
	fprintf(stderr, "\n");
	abort();
}

/* Returns whether there was anything to be found. */
static bool compare(uint32_t program)
{
	static struct ways all, found;
	struct trace *trace = random_program();
	struct court court;
	bool is_any;

	court_judge(&court, trace, NULL);
	memset(&all, 0, sizeof(all));
	memset(&found, 0, sizeof(found));
	all.model = court.session.models[0];
	evidence_init(&all.evidence, &court.session);
	order_init(&all.order, &all.evidence);
	try_all(&all);
	collect_findings(&found, court.verdict);
	expect_same(&all, &found, program);
	is_any = all.n_cycles > 0;
	order_deinit(&all.order);
	evidence_deinit(&all.evidence);
	court_adjourn(&court);
	trace_free(trace);
	return is_any;
}

int main(void)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < N_PROGRAMS; i++)
		n += compare(i);
	printf("%u of %u programs can deadlock\n", n, N_PROGRAMS);
	assert(n > N_PROGRAMS / 10 && n < N_PROGRAMS * 9 / 10);
	return 0;
}
