/* SPDX-License-Identifier: MIT */
/* Wake-ups that came in time, and could have come before anybody waited. */
#undef NDEBUG
#include "court.h"

enum { MUTEX = 1, CONDITION };	/* the objects of the stories */
enum { ONE = 2, TWO };		/* threads besides main */

static const char can_be_lost[] = "lost-wakeup possible warning\n";

static struct trace *story_new(void)
{
	struct trace *trace = court_story(1, 2);

	trace_object(trace, OBJECT_COND, trace_address(CONDITION), 0);
	return trace;
}

static void does(struct trace *trace, uint32_t thread, enum dep_op op, uint32_t object, uint32_t flags)
{
	bool is_token = object == CONDITION;

	trace_dep(trace, &(struct trace_want){.thread = thread,
					      .op = op,
					      .object = object,
					      .aux = op == OP_WAIT ? MUTEX : 0,
					      .mode = is_token ? MODE_TOKEN : MODE_WRITE,
					      .flags = flags,
					      .stack = trace_site(trace, thread)});
}

/* One waits, and another wakes it without the mutex. */
static struct trace *careless_new(uint32_t flags)
{
	struct trace *trace = story_new();

	does(trace, ONE, OP_WAIT, CONDITION, flags);
	does(trace, TWO, OP_SIGNAL, CONDITION, 0);
	return trace;
}

static void test_without_mutex(void)
{
	court_settle(careless_new(0), can_be_lost);
	court_settle(careless_new(DEP_TIMED), "");
}

/* Who has taken the mutex has had the occasion to look. */
static void test_with_mutex(void)
{
	struct trace *trace = careless_new(0);

	does(trace, TWO, OP_ACQUIRE, MUTEX, 0);
	court_settle(trace, "");
}

/* Who waits wakes nobody, and nobody wakes himself. */
static void test_nobody_wakes(void)
{
	struct trace *trace = story_new();

	does(trace, ONE, OP_WAIT, CONDITION, 0);
	does(trace, TWO, OP_WAIT, CONDITION, 0);
	court_settle(trace, "");
	trace = story_new();
	does(trace, ONE, OP_WAIT, CONDITION, 0);
	does(trace, ONE, OP_SIGNAL, CONDITION, 0);
	court_settle(trace, "");
}

/* Where something was left out, nobody can say that the mutex was never taken. */
static void test_capped(void)
{
	static const enum trace_cap caps[] = {CAP_DEPS_PER_CONTEXT, CAP_CONTEXTS, CAP_THREADS_PER_SITE};

	for (int i = 0; i < 3; i++) {
		struct trace *trace = careless_new(0);

		trace_header(trace)->caps[caps[i]] = 1;
		court_settle(trace, "");
	}
}

int main(void)
{
	test_without_mutex();
	test_with_mutex();
	test_nobody_wakes();
	test_capped();
	return 0;
}
