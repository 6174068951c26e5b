/* SPDX-License-Identifier: MIT */
/* Several runs of one program: together they show what none shows alone, and nothing is told twice. */
#undef NDEBUG
#include "court.h"

#include <assert.h>

enum { A = 1, B, C }; /* the mutexes of a run */
enum { ONE = 2, TWO }; /* threads besides main */
enum { BEFORE = 0, AFTER = 1 }; /* segments of main: before it creates the threads, and after that */

static const char possible[] = "lock-order-cycle possible error\n";

/* One run: its mutexes are known again in other runs by where they were first used. */
static struct trace *run(void)
{
	struct trace *trace = trace_new(1);

	for (uint32_t site = A; site <= C; site++)
		trace_mutex_first_used(trace, trace_site(trace, site));
	trace_thread(trace, MAIN_THREAD, BEFORE);
	trace_thread(trace, MAIN_THREAD, BEFORE);
	return trace;
}

/* Judges both runs together and frees them; returns in how many cases the first finding was met. */
static uint32_t settle(struct trace *first, struct trace *second, const char *findings)
{
	struct court court;
	uint32_t count;

	court_judge(&court, first, second);
	court_expect(&court, findings);
	count = court.verdict->n_findings ? court.verdict->findings[0].count : 0;
	court_adjourn(&court);
	trace_free(first);
	trace_free(second);
	return count;
}

/* Threads that never met in one run; in the other order of runs, too. */
static void test_found_together(void)
{
	for (int turn = 0; turn < 2; turn++) {
		struct trace *first = run(), *second = run();

		court_nests(turn ? second : first, ONE, 0, A, B);
		court_nests(turn ? first : second, TWO, 0, B, A);
		assert(settle(first, second, possible) == 1);
	}
}

static void test_main_and_thread(void)
{
	struct trace *first = run(), *second = run();

	court_nests(first, MAIN_THREAD, AFTER, A, B);
	court_nests(second, ONE, 0, B, A);
	assert(settle(first, second, possible) == 1);
	/* Before it has created anybody, main is alone in every run. */
	first = run();
	second = run();
	court_nests(first, MAIN_THREAD, BEFORE, A, B);
	court_nests(second, ONE, 0, B, A);
	settle(first, second, "");
}

/* There is one main thread in each run. */
static void test_main_of_both(void)
{
	struct trace *first = run(), *second = run();

	court_nests(first, MAIN_THREAD, AFTER, A, B);
	court_nests(second, MAIN_THREAD, AFTER, B, A);
	settle(first, second, "lock-order-cycle single-thread note\n");
}

/* One run has shown it all, which is one case; that main did its part in the other run, too, adds none. */
static void test_one_run_has_it(void)
{
	for (int turn = 0; turn < 2; turn++) {
		struct trace *first = run(), *second = run();

		court_nests(first, MAIN_THREAD, AFTER, A, B);
		court_nests(second, MAIN_THREAD, AFTER, A, B);
		court_nests(turn ? first : second, ONE, 0, B, A);
		assert(settle(first, second, possible) == 1);
	}
}

/* The same of threads besides main. */
static void test_one_run_has_it_in_threads(void)
{
	for (int turn = 0; turn < 2; turn++) {
		struct trace *first = run(), *second = run();

		court_nests(first, ONE, 0, A, B);
		court_nests(second, ONE, 0, A, B);
		court_nests(turn ? first : second, TWO, 0, B, A);
		assert(settle(first, second, possible) == 1);
	}
}

/* Two processes of one program: locks that nothing is known of by which to find them again are each its own, but the fault
 * is the same. */
static void test_two_processes(void)
{
	struct trace *first = court_story(C, 2), *second = court_story(C, 2);

	court_nests(first, ONE, 0, A, B);
	court_nests(second, TWO, 0, B, A);
	settle(first, second, "");
	first = court_story(C, 2);
	second = court_story(C, 2);
	for (uint32_t i = 0; i < 2; i++) {
		court_nests(i ? second : first, ONE, 0, A, B);
		court_nests(i ? second : first, TWO, 0, B, A);
	}
	assert(settle(first, second, possible) == 2);
}

int main(void)
{
	test_two_processes();
	test_found_together();
	test_main_and_thread();
	test_main_of_both();
	test_one_run_has_it();
	test_one_run_has_it_in_threads();
	return 0;
}
