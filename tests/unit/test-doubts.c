/* SPDX-License-Identifier: MIT */
/* Stories about what speaks against a cycle: modes, time limits, hand-offs, caps; and about joins. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <string.h>

enum { A = 1, B, C, G }; /* the first objects of a trace */
enum { ONE = 2, TWO }; /* threads besides main */

static const char possible[] = "lock-order-cycle possible error\n";

/* ---- modes and doubts ------------------------------------------------------------------------------------------- */

/* One thread holds a for reading and wants b; another holds b and wants a so. */
static void expect_modes(enum object_mode a_held, enum object_mode b_wanted, enum object_mode b_held,
			 enum object_mode a_wanted, const char *findings)
{
	struct trace *trace = court_story(4, 2);
	uint32_t a = trace_rwlock(trace), b = trace_rwlock(trace);

	court_takes(trace,
		    (struct taking){.thread = ONE, .holds = a, .held_mode = a_held, .wants = b, .want_mode = b_wanted});
	court_takes(trace,
		    (struct taking){.thread = TWO, .holds = b, .held_mode = b_held, .wants = a, .want_mode = a_wanted});
	court_settle(trace, findings);
}

static void test_modes(void)
{
	expect_modes(MODE_READ, MODE_READ, MODE_READ, MODE_READ, "");
	expect_modes(MODE_READ, MODE_WRITE, MODE_READ, MODE_READ, "");
	expect_modes(MODE_READ, MODE_WRITE, MODE_READ, MODE_WRITE, possible);
	expect_modes(MODE_WRITE, MODE_READ, MODE_WRITE, MODE_READ, possible);
	expect_modes(MODE_WRITE, MODE_READ, MODE_READ, MODE_READ, "");
	expect_modes(MODE_WRITE, MODE_WRITE, MODE_WRITE, MODE_WRITE, possible);
}

static void test_timed(void)
{
	struct trace *trace = court_story(4, 2);
	struct court court;

	court_nests(trace, ONE, 0, A, B);
	court_takes(trace, (struct taking){.thread = TWO, .holds = B, .wants = A, .flags = DEP_TIMED});
	court_judge(&court, trace, NULL);
	court_expect(&court, "lock-order-cycle possible warning\n");
	assert(strstr(court.verdict->findings[0].why, "time limit"));
	court_adjourn(&court);
	trace_free(trace);
}

/* A lock of the cycle is unlocked by others: it may be a signal. */
static void test_hand_off(void)
{
	struct trace *trace = court_story(4, 2);

	court_nests(trace, ONE, 0, A, B);
	court_nests(trace, TWO, 0, B, A);
	trace_event(trace, EVENT_UNLOCK_NOT_OWNER, ONE, B, TWO);
	court_settle(trace, "unlock-not-owner observed error\nlock-order-cycle possible warning\n");
}

/* A semaphore that is used like a lock. */
static void test_semaphore(void)
{
	struct trace *trace = court_story(4, 2);
	uint32_t semaphore = trace_object(trace, OBJECT_SEM, 0x500, 0);

	court_nests(trace, ONE, 0, A, semaphore);
	court_nests(trace, TWO, 0, semaphore, A);
	court_settle(trace, "lock-order-cycle possible warning\n");
	trace = court_story(4, 2);
	semaphore = trace_object(trace, OBJECT_SEM, 0x500, 0);
	court_takes(trace, (struct taking){.thread = ONE, .gate = semaphore, .holds = A, .wants = B});
	court_takes(trace, (struct taking){.thread = TWO, .gate = semaphore, .holds = B, .wants = A});
	trace_event(trace, EVENT_HANDOFF, ONE, semaphore, 0);
	court_settle(trace, possible);
}

/* One thread nests before it creates the other, which nests the other way round. */
static struct trace *second_created_after(void)
{
	struct trace *trace = court_story(4, 0);

	trace_thread(trace, MAIN_THREAD, 3);
	court_nests(trace, MAIN_THREAD, 3, A, B);
	court_nests(trace, ONE, 0, B, A);
	return trace;
}

/* Cases were left out of the trace: nobody can say that they were all ordered, or guarded. */
static void test_capped(void)
{
	static const enum trace_cap caps[] = {CAP_DEPS_PER_CONTEXT, CAP_THREADS_PER_SITE};

	for (uint32_t i = 0; i < 2; i++) {
		struct trace *trace = second_created_after();
		struct court court;

		trace_header(trace)->caps[caps[i]] = 1;
		court_judge(&court, trace, NULL);
		court_expect(&court, "lock-order-cycle possible warning\n");
		assert(court.verdict->n_caps == 1);
		court_adjourn(&court);
		trace_free(trace);
		trace = court_story(4, 2);
		trace_header(trace)->caps[caps[i]] = 1;
		court_takes(trace, (struct taking){.thread = ONE, .gate = G, .holds = A, .wants = B});
		court_takes(trace, (struct taking){.thread = TWO, .gate = G, .holds = B, .wants = A});
		court_settle(trace, i == 0 ? "lock-order-cycle possible warning\n" : "lock-order-cycle guarded note\n");
	}
}

/* ---- joins ------------------------------------------------------------------------------------------------------ */

static const char join_possible[] = "join-cycle possible error\n";

/* Main joins with A in its hand; the thread takes A, with nothing else in its own. */
static struct trace *join_with_lock(uint32_t lock_of_thread, uint32_t parent_segment)
{
	struct trace *trace = court_story(4, 0);
	uint32_t end;

	trace_thread(trace, MAIN_THREAD, parent_segment);
	end = trace_end_of(trace, ONE);
	court_takes(trace,
		    (struct taking){
			    .thread = MAIN_THREAD, .segment = 1, .holds = A, .wants = end, .want_mode = MODE_TOKEN});
	court_takes(trace, (struct taking){.thread = ONE, .wants = lock_of_thread});
	return trace;
}

static void test_join_with_lock(void)
{
	struct trace *trace = join_with_lock(A, 0);
	const struct finding *finding;
	struct court court;

	court_judge(&court, trace, NULL);
	court_expect(&court, join_possible);
	finding = &court.verdict->findings[0];
	for (uint32_t i = 0; i < 2; i++) {
		bool is_join = finding->parts[i].want.kind == OBJECT_THREAD;

		assert(finding->parts[i].thread == (is_join ? MAIN_THREAD : ONE));
		assert(finding->parts[i].cycle_hold == (is_join ? 0 : -1));
	}
	court_adjourn(&court);
	trace_free(trace);
	court_settle(join_with_lock(B, 0), "");
}

/* The thread signals a condition under A when it has done with that: it may be joined only then. */
static void test_join_told(void)
{
	struct trace *trace = join_with_lock(A, 0);
	struct record_held held = {.object = A, .stack = 1};
	uint32_t condition = trace_object(trace, OBJECT_COND, 0x700, 0);

	trace_dep(trace, &(struct trace_want){.thread = ONE,
					      .op = OP_SIGNAL,
					      .object = condition,
					      .mode = MODE_TOKEN,
					      .n_held = 1,
					      .held = &held});
	court_settle(trace, "join-cycle possible warning\n");
}

/* Nonsense in fact, but it shows the rule: what was over before the thread began cannot meet it. */
static void test_join_ordered(void)
{
	court_settle(join_with_lock(A, 1), "join-cycle ordered note\n");
}

/* Two threads join each other, main has no part in it. */
static void test_join_each_other(void)
{
	struct trace *trace = court_story(4, 2);
	uint32_t end_of_one = trace_end_of(trace, ONE), end_of_two = trace_end_of(trace, TWO);

	court_takes(trace, (struct taking){.thread = ONE, .wants = end_of_two, .want_mode = MODE_TOKEN});
	court_takes(trace, (struct taking){.thread = TWO, .wants = end_of_one, .want_mode = MODE_TOKEN});
	court_settle(trace, join_possible);
}

/* ---- waits with a lock in hand ---------------------------------------------------------------------------------- */

/* One takes A and waits for a condition; of these threads the first has taken A before it signalled. */
static struct trace *monitor(uint32_t n_signallers, uint32_t flags)
{
	struct trace *trace = court_story(4, 1 + n_signallers);
	uint32_t condition = trace_object(trace, OBJECT_COND, 0x500, 0);
	struct trace_want signal = {.op = OP_SIGNAL, .object = condition, .mode = MODE_TOKEN, .stack = trace_site(trace, 9)};

	court_takes(trace, (struct taking){.thread = TWO, .wants = A});
	for (uint32_t i = 0; i < n_signallers; i++) {
		signal.thread = TWO + i;
		trace_dep(trace, &signal);
	}
	court_takes(trace, (struct taking){.thread = ONE, .holds = A, .wants = condition, .want_mode = MODE_TOKEN,
					   .flags = flags});
	return trace;
}

static void test_monitor(void)
{
	court_settle(monitor(1, 0), "nested-monitor possible warning\n");
	court_settle(monitor(1, DEP_TIMED), "");
	court_settle(monitor(2, 0), ""); /* the other does without */
	court_settle(monitor(0, 0), ""); /* nobody knows who signals */
}

int main(void)
{
	test_modes();
	test_timed();
	test_hand_off();
	test_semaphore();
	test_capped();
	test_monitor();
	test_join_with_lock();
	test_join_told();
	test_join_ordered();
	test_join_each_other();
	return 0;
}
