/* SPDX-License-Identifier: MIT */
/* Happens-before over create and join, and what it does to a cycle. */
#undef NDEBUG
#include "court.h"

#include "tools/judge/order.h"

#include <assert.h>
#include <string.h>

enum { SECOND = 2, THIRD = 3, FOURTH = 4 };

struct history {
	struct model *model;
	struct session session;
	struct evidence evidence;
	struct order order;
};

static void history_init(struct history *history, struct trace *trace)
{
	memset(history, 0, sizeof(*history));
	history->model = court_read(trace);
	history->session.models = &history->model;
	history->session.n_models = 1;
	evidence_init(&history->evidence, &history->session);
	order_init(&history->order, &history->evidence);
	trace_free(trace);
}

static void history_deinit(struct history *history)
{
	order_deinit(&history->order);
	evidence_deinit(&history->evidence);
	model_free(history->model);
}

/* Is segment `s` of thread `a` over before segment `r` of thread `b` begins? */
static bool is_before(struct history *history, uint32_t a, uint32_t s, uint32_t b, uint32_t r)
{
	return past_find(order_past(&history->order, b, r), a, s) != NULL;
}

/* Main creates two threads one after the other. */
static void test_create(void)
{
	struct trace *trace = trace_new(1);
	struct history history;

	trace_thread(trace, MAIN_THREAD, 0);
	trace_thread(trace, MAIN_THREAD, 1);
	history_init(&history, trace);
	assert(is_before(&history, MAIN_THREAD, 0, SECOND, 0) && is_before(&history, MAIN_THREAD, 0, SECOND, 5));
	assert(!is_before(&history, MAIN_THREAD, 1, SECOND, 5));
	assert(is_before(&history, MAIN_THREAD, 1, THIRD, 0) && !is_before(&history, MAIN_THREAD, 2, THIRD, 0));
	assert(!is_before(&history, SECOND, 0, THIRD, 0) && !is_before(&history, THIRD, 0, SECOND, 0));
	assert(!is_before(&history, SECOND, 0, MAIN_THREAD, 9));
	history_deinit(&history);
}

/* Main joins the second thread before it creates the fourth; the third runs all the time and joins nobody. */
static void test_join(void)
{
	struct trace *trace = trace_new(1);
	struct history history;

	trace_thread(trace, MAIN_THREAD, 0);
	trace_thread(trace, MAIN_THREAD, 1);
	trace_edge(trace, EDGE_JOIN, SECOND, UINT32_MAX, MAIN_THREAD, 3);
	trace_thread(trace, MAIN_THREAD, 3);
	history_init(&history, trace);
	assert(is_before(&history, SECOND, 0, MAIN_THREAD, 3) && is_before(&history, SECOND, 0, MAIN_THREAD, 4));
	assert(!is_before(&history, SECOND, 0, MAIN_THREAD, 2));
	assert(is_before(&history, SECOND, 7, FOURTH, 0) && !is_before(&history, THIRD, 0, FOURTH, 0));
	assert(past_find(order_past(&history.order, FOURTH, 0), SECOND, 0)->reason == ORDER_JOINED);
	assert(past_find(order_past(&history.order, FOURTH, 0), MAIN_THREAD, 3)->reason == ORDER_CREATED);
	history_deinit(&history);
}

/* The third thread joins the second only in its segment 2, and is joined by main: main knows both, its own children of
 * segment 1 know neither. */
static void test_through_others(void)
{
	struct trace *trace = trace_new(1);
	struct history history;

	trace_thread(trace, MAIN_THREAD, 0);
	trace_thread(trace, MAIN_THREAD, 1);
	trace_edge(trace, EDGE_JOIN, SECOND, UINT32_MAX, THIRD, 2);
	trace_thread(trace, THIRD, 1);
	trace_edge(trace, EDGE_JOIN, THIRD, 2, MAIN_THREAD, 4);
	history_init(&history, trace);
	assert(is_before(&history, SECOND, 0, MAIN_THREAD, 4) && is_before(&history, THIRD, 2, MAIN_THREAD, 4));
	assert(!is_before(&history, THIRD, 3, MAIN_THREAD, 4));
	assert(!is_before(&history, SECOND, 0, FOURTH, 0) && is_before(&history, MAIN_THREAD, 1, FOURTH, 0));
	history_deinit(&history);
}

/* Two threads meet at a barrier, twice; a third one uses another barrier. */
static void test_barrier(void)
{
	struct trace *trace = trace_new(1);
	struct history history;

	trace_object(trace, OBJECT_BARRIER, 0x100, 0);
	trace_object(trace, OBJECT_BARRIER, 0x200, 0);
	for (uint32_t thread = SECOND; thread <= FOURTH; thread++)
		trace_thread(trace, MAIN_THREAD, 0);
	trace_barrier(trace, 1, 1, SECOND, 0);
	trace_barrier(trace, 1, 1, THIRD, 4);
	trace_barrier(trace, 1, 2, THIRD, 5);
	trace_barrier(trace, 1, 2, SECOND, 1);
	trace_barrier(trace, 2, 1, FOURTH, 0);
	history_init(&history, trace);
	assert(is_before(&history, SECOND, 0, THIRD, 5) && is_before(&history, THIRD, 4, SECOND, 1));
	assert(!is_before(&history, SECOND, 0, THIRD, 4) && !is_before(&history, SECOND, 1, THIRD, 5));
	assert(is_before(&history, SECOND, 1, THIRD, 6) && is_before(&history, THIRD, 5, SECOND, 2));
	assert(!is_before(&history, FOURTH, 0, SECOND, 2) && !is_before(&history, SECOND, 0, FOURTH, 1));
	assert(past_find(order_past(&history.order, THIRD, 5), SECOND, 0)->reason == ORDER_MET);
	history_deinit(&history);
}

/* The second thread wakes the third, which creates the fourth: that is an order in this run, and in no other. */
static void test_woken(void)
{
	struct trace *trace = trace_new(1);
	struct history history;
	const struct known *known;

	trace_object(trace, OBJECT_FUTEX, 0x100, 0);
	trace_thread(trace, MAIN_THREAD, 0);
	trace_thread(trace, MAIN_THREAD, 1);
	trace_woken(trace, 1, SECOND, 4, THIRD, 1);
	trace_thread(trace, THIRD, 1);
	history_init(&history, trace);
	assert(!is_before(&history, SECOND, 0, THIRD, 1));
	order_deinit(&history.order);
	order_init_of_run(&history.order, &history.evidence);
	assert(is_before(&history, SECOND, 4, THIRD, 1));
	assert(!is_before(&history, SECOND, 5, THIRD, 9) && !is_before(&history, SECOND, 0, THIRD, 0));
	known = past_find(order_past(&history.order, FOURTH, 0), SECOND, 4);
	assert(known && known->reason == ORDER_WOKEN && known->futex == evidence_lock(&history.evidence, 0, 1));
	assert(!past_find(order_past(&history.order, FOURTH, 0), THIRD, 1)->futex);
	history_deinit(&history);
}

/* Records that contradict each other (a circle of parents and joins) are followed once. */
static void test_nonsense(void)
{
	struct trace *trace = trace_new(1);
	struct history history;

	trace_thread(trace, THIRD, UINT32_MAX);
	trace_thread(trace, SECOND, UINT32_MAX);
	trace_edge(trace, EDGE_JOIN, SECOND, UINT32_MAX, SECOND, 0);
	trace_edge(trace, EDGE_ONCE, THIRD, 4, SECOND, UINT32_MAX);
	history_init(&history, trace);
	assert(is_before(&history, SECOND, 3, THIRD, 0) && is_before(&history, THIRD, 3, SECOND, 0));
	history_deinit(&history);
}

int main(void)
{
	test_create();
	test_join();
	test_through_others();
	test_barrier();
	test_woken();
	test_nonsense();
	return 0;
}
