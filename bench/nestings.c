/* SPDX-License-Identifier: MIT */
/* Makes a trace of random nestings. */
#include "nestings.h"

#include <stdlib.h>

struct making {
	const struct nestings *nestings;
	struct trace *trace;
	uint64_t random;
	uint32_t *n_taken;		/* by lock: how often, in a full recording */
	uint32_t n_deps, n_events;
};

static uint32_t random_below(struct making *making, uint32_t n)
{
	making->random = making->random * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(((making->random >> 32) * n) >> 32);
}

static int compare_numbers(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;

	return (x > y) - (x < y);
}

/* Different locks in the order in which they are taken; returns how many. */
static uint32_t choose_locks(struct making *making, uint32_t *ret_locks)
{
	const struct nestings *nestings = making->nestings;
	uint32_t reach = nestings->reach < nestings->n_locks ? nestings->reach : nestings->n_locks, n = 0;
	uint32_t first = 1 + random_below(making, nestings->n_locks - reach + 1);

	for (uint32_t i = 0; i < nestings->depth; i++)
		ret_locks[i] = first + random_below(making, reach);
	qsort(ret_locks, nestings->depth, sizeof(*ret_locks), compare_numbers);
	for (uint32_t i = 0; i < nestings->depth; i++)
		if (!n || ret_locks[i] != ret_locks[n - 1])
			ret_locks[n++] = ret_locks[i];
	if (n > 1 && random_below(making, 1000) < nestings->inversions) {
		uint32_t last = ret_locks[n - 1];

		ret_locks[n - 1] = ret_locks[n - 2];
		ret_locks[n - 2] = last;
	}
	return n;
}

/* All are taken, and then given back. */
static void add_operations(struct making *making, uint32_t thread, const struct record_held *held, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++)
		trace_operation(making->trace, thread,
				(struct full_record){.op = FULL_ACQUIRE,
						     .object = held[i].object,
						     .stack = held[i].stack,
						     .sequence = ++making->n_taken[held[i].object]});
	while (n--)
		trace_operation(making->trace, thread,
				(struct full_record){.op = FULL_RELEASE,
						     .object = held[n].object,
						     .sequence = making->n_taken[held[n].object]});
}

/* A dependency for every lock but the first, as long as there are to be more. */
static void add_nesting(struct making *making)
{
	const struct nestings *nestings = making->nestings;
	uint32_t locks[NESTINGS_MAX_DEPTH], n = choose_locks(making, locks);
	uint32_t thread = 2 + random_below(making, nestings->n_threads);
	uint32_t site = random_below(making, nestings->n_sites);
	struct record_held held[NESTINGS_MAX_DEPTH];

	for (uint32_t i = 0; i < n; i++) {
		uint32_t stack = 1 + (site + i) % nestings->n_sites;

		if (i && making->n_deps < nestings->n_deps)
			trace_dep(making->trace, &(struct trace_want){.thread = thread,
								      .object = locks[i],
								      .stack = stack,
								      .n_held = i,
								      .held = held});
		held[i] = (struct record_held){.object = locks[i], .stack = stack};
	}
	making->n_deps += n - 1;
	if (nestings->n_events)
		add_operations(making, thread, held, n);
	making->n_events += 2 * n;
}

struct trace *nestings_trace(const struct nestings *nestings)
{
	struct making making = {.nestings = nestings, .trace = trace_new(1), .random = nestings->seed};

	making.n_taken = calloc(nestings->n_locks + 1, sizeof(*making.n_taken));
	if (!making.n_taken)
		abort();
	for (uint32_t i = 0; i < nestings->n_locks; i++)
		trace_mutex(making.trace);
	for (uint32_t i = 0; i < nestings->n_threads; i++)
		trace_thread(making.trace, MAIN_THREAD, 0);
	trace_site(making.trace, nestings->n_sites);
	while (making.n_deps < nestings->n_deps || making.n_events < nestings->n_events)
		add_nesting(&making);
	free(making.n_taken);
	return making.trace;
}
