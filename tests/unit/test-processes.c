/* SPDX-License-Identifier: MIT */
/* Two processes and the locks that they share. */
#undef NDEBUG
#include "court.h"

#include <assert.h>

enum { LEFT = 1, RIGHT = 2, LEFT_PLACE = 0, RIGHT_PLACE = 40 };

/* A process that has the two locks; `right` is where it has what it calls the right one. */
static struct trace *process_new(uint32_t pid, uint64_t right)
{
	struct trace *trace = trace_new(pid);

	trace_mutex(trace);
	trace_mutex(trace);
	trace_file(trace, LEFT, "/dev/shm/pool", LEFT_PLACE);
	trace_file(trace, RIGHT, "/dev/shm/pool", right);
	return trace;
}

static void takes(struct trace *trace, uint32_t segment, uint32_t outer, uint32_t inner)
{
	const struct record_held held = {.object = outer, .stack = trace_site(trace, outer)};

	trace_dep(trace, &(struct trace_want){.thread = MAIN_THREAD,
					      .segment = segment,
					      .object = inner,
					      .stack = trace_site(trace, inner),
					      .n_held = 1,
					      .held = &held});
}

static void waits(struct trace *trace, uint32_t outer, uint32_t inner)
{
	const struct live_hold hold = {.address = trace_address(outer), .kind = OBJECT_MUTEX};

	trace_slot_waits(trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 1, &hold), OBJECT_MUTEX, trace_address(inner),
			 MODE_WRITE, 0);
}

static void settle(struct trace *first, struct trace *second, const char *findings)
{
	struct court court;

	court_judge(&court, first, second);
	court_expect(&court, findings);
	court_adjourn(&court);
	trace_free(first);
	trace_free(second);
}

/* Opposite orders are a cycle where both locks are the same ones. */
static void test_same_locks(void)
{
	struct trace *first = process_new(100, RIGHT_PLACE), *second = process_new(200, RIGHT_PLACE);

	takes(first, 0, LEFT, RIGHT);
	takes(second, 0, RIGHT, LEFT);
	settle(first, second, "lock-order-cycle possible error\n");
	first = process_new(100, RIGHT_PLACE);
	second = process_new(200, 2 * RIGHT_PLACE);
	takes(first, 0, LEFT, RIGHT);
	takes(second, 0, RIGHT, LEFT);
	settle(first, second, "");
}

/* The second process was forked by the first one, after what that did in segment 0. */
static void test_fork_orders(void)
{
	for (uint32_t segment = 0; segment < 2; segment++) {
		struct trace *first = process_new(100, RIGHT_PLACE), *second = process_new(200, RIGHT_PLACE);

		takes(first, segment, LEFT, RIGHT);
		takes(second, 0, RIGHT, LEFT);
		trace_fork(second, trace_header(first), MAIN_THREAD, 0);
		settle(first, second,
		       segment ? "lock-order-cycle possible error\n" : "lock-order-cycle ordered note\n");
	}
}

/* A fork by a thread, or in a trace, that is not there. */
static void test_fork_by_nobody(void)
{
	struct trace *first = process_new(100, RIGHT_PLACE), *second = process_new(200, RIGHT_PLACE);

	takes(first, 0, LEFT, RIGHT);
	takes(second, 0, RIGHT, LEFT);
	trace_fork(first, &(struct trace_header){.pid = 7}, MAIN_THREAD, 0);
	trace_fork(second, trace_header(first), 9999, 0);
	settle(first, second, "lock-order-cycle possible error\n");
}

/* Each waits for what the other holds; or for something else at that address. */
static void test_stuck(void)
{
	struct trace *first = process_new(100, RIGHT_PLACE), *second = process_new(200, RIGHT_PLACE);

	waits(first, LEFT, RIGHT);
	waits(second, RIGHT, LEFT);
	settle(first, second, "lock-order-cycle observed error\n");
	first = process_new(100, RIGHT_PLACE);
	second = process_new(200, 2 * RIGHT_PLACE);
	waits(first, LEFT, RIGHT);
	waits(second, RIGHT, LEFT);
	settle(first, second, "");
}

enum { N_RANGES = 3 };

/* `thread` has the lock on one range of a file and asks for that on the next. */
static void goes_on(struct trace *trace, uint32_t thread, uint32_t range)
{
	const struct record_held held = {.object = range, .stack = trace_site(trace, range)};
	uint32_t next = range % N_RANGES + 1;

	trace_dep(trace, &(struct trace_want){.thread = thread,
					      .segment = 1, /* behind the creation of threads */
					      .object = next,
					      .stack = trace_site(trace, next),
					      .n_held = 1,
					      .held = &held});
}

/* A process that has locks on ranges of a file. */
static struct trace *ranges_new(uint32_t pid, uint64_t kind)
{
	struct trace *trace = trace_new(pid);

	for (uint32_t i = 1; i <= N_RANGES; i++) {
		trace_object(trace, OBJECT_FILE_LOCK, kind | i, 0);
		trace_file(trace, i, "/var/lib/data", i);
	}
	return trace;
}

/* A circle of two threads of a process and another process: what a process has locked stops no thread of it. */
static void test_locks_of_a_process(void)
{
	static const uint64_t of_process = TRACE_FILE_LOCK | TRACE_FILE_LOCK_OF_PROCESS;

	for (int i = 0; i < 2; i++) {
		struct trace *first = ranges_new(100, i ? of_process : TRACE_FILE_LOCK);
		struct trace *second = ranges_new(200, i ? of_process : TRACE_FILE_LOCK);

		goes_on(first, MAIN_THREAD, 1);
		goes_on(first, trace_thread(first, MAIN_THREAD, 0), 2);
		goes_on(second, MAIN_THREAD, 3);
		settle(first, second, i ? "" : "lock-order-cycle possible error\n");
	}
}

int main(void)
{
	test_same_locks();
	test_fork_orders();
	test_fork_by_nobody();
	test_stuck();
	test_locks_of_a_process();
	return 0;
}
