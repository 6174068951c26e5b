/* SPDX-License-Identifier: MIT */
/* Accesses to a variable that is watched. */
#undef NDEBUG
#include "court.h"

enum { A = 1, B, VARIABLE };	/* the objects of the stories */
enum { ONE = 2, TWO };		/* threads besides main */

static const char unprotected[] = "unprotected-variable possible error\n";

static struct trace *story_new(void)
{
	struct trace *trace = court_story(2, 2);

	trace_object(trace, OBJECT_VARIABLE, trace_address(VARIABLE), 0);
	return trace;
}

/* `held` is a lock, 0 for none. */
static void uses(struct trace *trace, uint32_t thread, enum object_mode mode, uint32_t held)
{
	const struct record_held hold = {.object = held, .stack = trace_site(trace, thread)};

	trace_dep(trace, &(struct trace_want){.thread = thread,
					      .op = OP_ACCESS,
					      .object = VARIABLE,
					      .mode = mode,
					      .stack = trace_site(trace, thread + 10),
					      .n_held = held ? 1 : 0,
					      .held = &hold});
}

static void expect(uint32_t first, enum object_mode first_mode, uint32_t first_held, uint32_t second,
		   enum object_mode second_mode, uint32_t second_held, const char *findings)
{
	struct trace *trace = story_new();

	uses(trace, first, first_mode, first_held);
	uses(trace, second, second_mode, second_held);
	court_settle(trace, findings);
}

int main(void)
{
	expect(ONE, MODE_WRITE, 0, TWO, MODE_WRITE, 0, unprotected);
	expect(ONE, MODE_WRITE, A, TWO, MODE_READ, B, unprotected);
	expect(ONE, MODE_WRITE, A, TWO, MODE_WRITE, A, "");
	expect(ONE, MODE_READ, 0, TWO, MODE_READ, 0, "");
	expect(ONE, MODE_WRITE, 0, ONE, MODE_WRITE, 0, "");
	/* What main does before it creates threads comes before what they do. */
	expect(MAIN_THREAD, MODE_WRITE, 0, TWO, MODE_WRITE, 0, "");
	return 0;
}
