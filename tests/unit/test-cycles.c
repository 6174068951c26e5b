/* SPDX-License-Identifier: MIT */
/* Small stories about lock orders, with their verdicts. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { A = 1, B, C, G }; /* the first objects of a trace */

static const char possible[] = "lock-order-cycle possible error\n";

enum { ONE = 2, TWO, THREE }; /* threads besides main */

/* ---- what can deadlock ------------------------------------------------------------------------------------------ */

static void test_abba(void)
{
	struct trace *trace = court_story(4, 2);
	const struct finding *finding;
	struct court court;

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, B, A);
	court_judge(&court, trace, NULL);
	court_expect(&court, possible);
	finding = &court.verdict->findings[0];
	assert(finding->count == 1 && finding->n_parts == 2 && finding->n_locks == 2);
	for (uint32_t i = 0; i < 2; i++) {
		const struct finding_part *part = &finding->parts[i], *next = &finding->parts[1 - i];

		assert(part->thread == (part->want.object == B ? ONE : TWO) && part->has_want);
		assert(part->holds[part->cycle_hold].lock.object == finding->locks[i].object);
		assert(part->want.object == next->holds[next->cycle_hold].lock.object);
	}
	court_adjourn(&court);
	trace_free(trace);
}

static void test_same_order(void)
{
	struct trace *trace = court_story(4, 2);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, A, B);
	court_settle(trace, "");
}

static void test_abbcca(void)
{
	struct trace *trace = court_story(4, 3);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, B, C);
	court_nests(trace, THREE, 0, C, A);
	court_settle(trace, possible);
}

static void test_hierarchy(void)
{
	struct trace *trace = court_story(4, 3);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, B, C);
	court_nests(trace, THREE, 0, A, C);
	court_settle(trace, "");
}

/* A ring of n locks, each taken inside the one before it; the threads take turns. */
static struct trace *ring(uint32_t n, uint32_t n_threads)
{
	struct trace *trace = court_story(n, n_threads);

	for (uint32_t i = 0; i < n; i++)
		court_takes(trace, (struct taking){.thread = ONE + i % n_threads,
						   .holds = i + 1,
						   .wants = (i + 1) % n + 1,
						   .place = i + 1});
	return trace;
}

static void test_rings(void)
{
	static const uint32_t sizes[] = {2, 5, 6, 7, 30, 300, 3000};

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct trace *trace = ring(sizes[i], sizes[i]);
		struct court court;

		court_judge(&court, trace, NULL);
		court_expect(&court, possible);
		assert(court.verdict->findings[0].n_parts == sizes[i] && !court.verdict->n_caps);
		court_adjourn(&court);
		trace_free(trace);
	}
}

/* A long ring, and in its knot a pair that a gate keeps apart: the pair does not hide the ring. */
static void test_ring_beside_gate(void)
{
	enum { N = 9 };
	struct trace *trace = ring(N, N);
	uint32_t gate = trace_mutex(trace);
	uint32_t a = trace_mutex(trace);

	court_takes(trace, (struct taking){.thread = ONE, .gate = gate, .holds = 1, .wants = a, .place = 100});
	court_takes(trace, (struct taking){.thread = TWO, .gate = gate, .holds = a, .wants = 1, .place = 101});
	court_settle(trace, "lock-order-cycle possible error\nlock-order-cycle guarded note\n");
}

/* One step of a long ring was taken by a thread that is needed for another one, and, elsewhere in the code, by one that
 * is not. */
static void test_ring_with_choice(void)
{
	enum { N = 9 };
	struct trace *trace = court_story(N, N);

	for (uint32_t i = 0; i < N; i++)
		court_takes(trace, (struct taking){.thread = i == 5 ? ONE : ONE + i,
						   .holds = i + 1,
						   .wants = (i + 1) % N + 1,
						   .place = i + 1});
	court_takes(trace, (struct taking){.thread = ONE + 5, .holds = 6, .wants = 7, .place = 100});
	court_settle(trace, possible);
}

/* The same ring with one lock taken in the other order is none. */
static void test_broken_ring(void)
{
	struct trace *trace = court_story(300, 300);

	for (uint32_t i = 0; i < 299; i++)
		court_takes(trace, (struct taking){.thread = ONE + i, .holds = i + 1, .wants = i + 2, .place = i + 1});
	court_takes(trace, (struct taking){.thread = ONE + 299, .holds = 1, .wants = 300, .place = 300});
	court_settle(trace, "");
}

/* Twenty locks held, one of them in the opposite order somewhere else. */
static void test_many_held(void)
{
	enum { N = 20 };
	struct trace *trace = trace_new(1);
	struct record_held held[N];

	for (uint32_t i = 0; i < N; i++)
		held[i] = (struct record_held){.object = trace_mutex(trace), .stack = trace_site(trace, i + 1)};
	trace_thread(trace, MAIN_THREAD, 0);
	trace_thread(trace, MAIN_THREAD, 0);
	for (uint32_t i = 1; i < N; i++)
		trace_dep(trace, &(struct trace_want){.thread = ONE,
						      .object = i + 1,
						      .stack = trace_site(trace, i + 1),
						      .n_held = i,
						      .held = held});
	court_takes(trace, (struct taking){.thread = TWO, .holds = N, .wants = 3, .place = 100});
	court_settle(trace, possible);
}

/* A lock that is asked for again by its holder is no matter of order. */
static void test_again(void)
{
	struct trace *trace = court_story(4, 2);
	struct record_held held[] = {{.object = B, .stack = trace_site(trace, 1)},
				     {.object = A, .stack = trace_site(trace, 2)}};

	trace_dep(trace, &(struct trace_want){.thread = ONE, .object = B, .stack = 1, .n_held = 2, .held = held});
	court_nests(trace, TWO, 0, B, A);
	court_settle(trace, "");
}

/* ---- what cannot ------------------------------------------------------------------------------------------------ */

static void test_guarded(void)
{
	struct trace *trace = court_story(4, 2);
	struct court court;

	court_takes(trace, (struct taking){.thread = ONE, .gate = G, .holds = A, .wants = B});
	court_takes(trace, (struct taking){.thread = TWO, .gate = G, .holds = B, .wants = A});
	court_judge(&court, trace, NULL);
	court_expect(&court, "lock-order-cycle guarded note\n");
	assert(court.verdict->findings[0].n_locks == 3 && court.verdict->findings[0].locks[2].object == G);
	assert(strstr(court.verdict->findings[0].why, "%2"));
	court_adjourn(&court);
	trace_free(trace);
}

/* The gate is round one side only. */
static void test_half_guarded(void)
{
	struct trace *trace = court_story(4, 2);

	court_takes(trace, (struct taking){.thread = ONE, .gate = G, .holds = A, .wants = B});
	court_nests(trace, TWO, 0, B, A);
	court_settle(trace, possible);
}

/* A read lock keeps nobody out who reads it, too; a writer it does. */
static void test_read_gate(void)
{
	struct trace *trace = court_story(4, 2);
	uint32_t gate = trace_rwlock(trace);
	struct taking one = {.thread = ONE, .gate = gate, .gate_mode = MODE_READ, .holds = A, .wants = B};
	struct taking two = {.thread = TWO, .gate = gate, .gate_mode = MODE_READ, .holds = B, .wants = A};

	court_takes(trace, one);
	court_takes(trace, two);
	court_settle(trace, possible);
	trace = court_story(4, 2);
	trace_rwlock(trace);
	two.gate_mode = MODE_WRITE;
	court_takes(trace, one);
	court_takes(trace, two);
	court_settle(trace, "lock-order-cycle guarded note\n");
}

/* Who holds a gate more than once, as locks may be held that the program made, holds it as hard as the hardest of that. */
static struct trace *gate_held_twice(enum object_mode first, enum object_mode second)
{
	struct trace *trace = court_story(4, 2);
	uint32_t gate = trace_rwlock(trace);
	struct record_held held[] = {
		{.object = gate, .stack = trace_site(trace, 1), .mode = first},
		{.object = gate, .stack = trace_site(trace, 2), .mode = second},
		{.object = A, .stack = trace_site(trace, 3)},
	};

	trace_dep(trace, &(struct trace_want){
				 .thread = ONE, .object = B, .stack = trace_site(trace, 4), .n_held = 3, .held = held});
	court_takes(trace, (struct taking){
				   .thread = TWO, .gate = gate, .gate_mode = MODE_READ, .holds = B, .wants = A});
	return trace;
}

static void test_gate_held_twice(void)
{
	court_settle(gate_held_twice(MODE_READ, MODE_WRITE), "lock-order-cycle guarded note\n");
	court_settle(gate_held_twice(MODE_WRITE, MODE_READ), "lock-order-cycle guarded note\n");
	court_settle(gate_held_twice(MODE_READ, MODE_READ), possible);
}

/* A lock that is held twice is one lock of the circle: there is one case, not two. */
static void test_held_twice(void)
{
	struct trace *trace = court_story(4, 2);
	struct court court;
	struct record_held held[] = {
		{.object = A, .stack = trace_site(trace, 1)},
		{.object = A, .stack = trace_site(trace, 2)},
	};

	trace_dep(trace, &(struct trace_want){
				 .thread = ONE, .object = B, .stack = trace_site(trace, 3), .n_held = 2, .held = held});
	court_nests(trace, TWO, 0, B, A);
	court_judge(&court, trace, NULL);
	court_expect(&court, possible);
	assert(court.verdict->findings[0].count == 1);
	court_adjourn(&court);
	trace_free(trace);
}

/* A gate that others unlock is no gate. */
static void test_handed_off_gate(void)
{
	struct trace *trace = court_story(4, 2);

	court_takes(trace, (struct taking){.thread = ONE, .gate = G, .holds = A, .wants = B});
	court_takes(trace, (struct taking){.thread = TWO, .gate = G, .holds = B, .wants = A});
	trace_event(trace, EVENT_UNLOCK_NOT_OWNER, TWO, G, ONE);
	court_settle(trace, "unlock-not-owner observed error\nlock-order-cycle possible error\n");
}

static void test_single_thread(void)
{
	struct trace *trace = court_story(4, 1);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, ONE, 0, B, A);
	court_settle(trace, "lock-order-cycle single-thread note\n");
}

/* Three parts, two threads. */
static void test_too_few_threads(void)
{
	struct trace *trace = court_story(4, 2);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, B, C);
	court_nests(trace, TWO, 0, C, A);
	court_settle(trace, "lock-order-cycle single-thread note\n");
	court_settle(ring(30, 8), "lock-order-cycle single-thread note\n");
}

/* The thread that both could be is only one of them; a third thread makes it possible. */
static void test_threads_to_choose(void)
{
	struct trace *trace = court_story(4, 3);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, ONE, 0, B, A);
	court_nests(trace, TWO, 0, A, B);
	court_settle(trace, possible);
}

static struct trace *second_created_after(uint32_t segment_of_first)
{
	struct trace *trace = court_story(4, 0);

	trace_thread(trace, MAIN_THREAD, 3);
	court_nests(trace, MAIN_THREAD, segment_of_first, A, B);
	court_nests(trace, ONE, 0, B, A);
	return trace;
}

static void test_ordered_by_create(void)
{
	court_settle(second_created_after(3), "lock-order-cycle ordered note\n");
	court_settle(second_created_after(4), possible);
}

static void test_ordered_by_join(void)
{
	struct trace *trace = court_story(4, 1);
	struct court court;

	court_nests(trace, ONE, 0, A, B);
	trace_edge(trace, EDGE_JOIN, ONE, UINT32_MAX, MAIN_THREAD, 2);
	court_nests(trace, MAIN_THREAD, 2, B, A);
	court_judge(&court, trace, NULL);
	court_expect(&court, "lock-order-cycle ordered note\n");
	assert(strstr(court.verdict->findings[0].why, "joined"));
	court_adjourn(&court);
	trace_free(trace);
}

/* It happened again in later segments, which are not in the trace: only the thread's end puts it into the past. */
static void test_more_segments(void)
{
	struct trace *trace = second_created_after(3);

	court_takes(trace,
		    (struct taking){.thread = MAIN_THREAD, .segment = 3, .holds = A, .wants = B, .flags = DEP_MORE});
	court_settle(trace, possible);
	trace = court_story(4, 1);
	court_takes(trace, (struct taking){.thread = ONE, .holds = A, .wants = B, .flags = DEP_MORE});
	trace_edge(trace, EDGE_JOIN, ONE, UINT32_MAX, MAIN_THREAD, 2);
	court_nests(trace, MAIN_THREAD, 2, B, A);
	court_settle(trace, "lock-order-cycle ordered note\n");
}

/* Every worker is joined before the next is created; only if two of them overlap can it happen. */
static struct trace *workers(uint32_t n, bool last_two_overlap)
{
	struct trace *trace = court_story(4, 0);

	for (uint32_t i = 0; i < n; i++) {
		uint32_t thread = trace_thread(trace, MAIN_THREAD, 2 * i);

		court_nests(trace, thread, 0, i % 2 ? A : B, i % 2 ? B : A);
		if (!last_two_overlap || i != n - 2)
			trace_edge(trace, EDGE_JOIN, thread, UINT32_MAX, MAIN_THREAD, 2 * i + 2);
	}
	return trace;
}

static void test_workers(void)
{
	court_settle(workers(200, false), "lock-order-cycle ordered note\n");
	court_settle(workers(200, true), possible);
}

/* ---- one finding, many cases ------------------------------------------------------------------------------------ */

/* The same two functions on many pairs of locks are one finding; so are other paths to the same locks. */
static void test_merged(void)
{
	struct trace *trace = court_story(4, 2);
	struct court court;

	for (uint32_t i = 0; i < 50; i++) {
		uint32_t a = trace_mutex(trace), b = trace_mutex(trace);

		court_takes(trace, (struct taking){.thread = ONE, .holds = a, .wants = b, .place = 1});
		court_takes(trace, (struct taking){.thread = TWO, .holds = b, .wants = a, .place = 2});
	}
	court_judge(&court, trace, NULL);
	court_expect(&court, possible);
	assert(court.verdict->findings[0].count == 50);
	court_adjourn(&court);
	trace_free(trace);
	trace = court_story(4, 2);
	for (uint32_t i = 1; i <= 3; i++) {
		court_takes(trace, (struct taking){.thread = ONE, .holds = A, .wants = B, .place = i});
		court_takes(trace, (struct taking){.thread = TWO, .holds = B, .wants = A, .place = 10 + i});
	}
	court_judge(&court, trace, NULL);
	court_expect(&court, possible);
	assert(court.verdict->findings[0].count == 9);
	court_adjourn(&court);
	trace_free(trace);
}

/* A case that can happen is told before one that cannot, whichever comes first. */
static void test_strongest(void)
{
	struct trace *trace = court_story(4, 2);
	uint32_t a = trace_mutex(trace), b = trace_mutex(trace);

	court_takes(trace, (struct taking){.thread = ONE, .gate = G, .holds = A, .wants = B, .place = 1});
	court_takes(trace, (struct taking){.thread = TWO, .gate = G, .holds = B, .wants = A, .place = 2});
	court_takes(trace, (struct taking){.thread = ONE, .holds = a, .wants = b, .place = 1});
	court_takes(trace, (struct taking){.thread = TWO, .holds = b, .wants = a, .place = 2});
	court_settle(trace, possible);
}

/* What cannot happen is told beside what can, also for the same locks, when it is other code. */
static void test_harmless_beside(void)
{
	struct trace *trace = court_story(4, 2);

	court_takes(trace, (struct taking){.thread = ONE, .holds = A, .wants = B, .place = 1});
	court_takes(trace, (struct taking){.thread = TWO, .holds = B, .wants = A, .place = 2});
	court_takes(trace, (struct taking){.thread = TWO, .holds = A, .wants = B, .gate = G, .place = 3});
	court_takes(trace, (struct taking){.thread = ONE, .holds = B, .wants = A, .gate = G, .place = 4});
	court_settle(trace, "lock-order-cycle possible error\nlock-order-cycle guarded note\n");
}

/* ---- bounds ----------------------------------------------------------------------------------------------------- */

/* Many threads take many locks in every order: there is an answer soon, and it says that it is not all. */
static void test_pathological(void)
{
	enum { N = 24 };
	struct trace *trace = court_story(N, N);
	struct court court;

	for (uint32_t i = 0; i < N; i++)
		for (uint32_t k = 0; k < N * N; k++)
			if (k / N != k % N)
				court_takes(trace, (struct taking){.thread = ONE + i,
								   .holds = k / N + 1,
								   .wants = k % N + 1,
								   .place = k + 1});
	court_judge(&court, trace, NULL);
	assert(court.verdict->n_findings >= N * (N - 1) / 2 && court.verdict->findings[0].severity == SEVERITY_ERROR);
	assert(court.verdict->n_caps);
	court_adjourn(&court);
	trace_free(trace);
}

int main(void)
{
	test_abba();
	test_same_order();
	test_abbcca();
	test_hierarchy();
	test_rings();
	test_ring_beside_gate();
	test_ring_with_choice();
	test_broken_ring();
	test_many_held();
	test_again();
	test_guarded();
	test_half_guarded();
	test_read_gate();
	test_gate_held_twice();
	test_held_twice();
	test_handed_off_gate();
	test_single_thread();
	test_too_few_threads();
	test_threads_to_choose();
	test_ordered_by_create();
	test_ordered_by_join();
	test_more_segments();
	test_workers();
	test_merged();
	test_strongest();
	test_harmless_beside();
	test_pathological();
	return 0;
}
