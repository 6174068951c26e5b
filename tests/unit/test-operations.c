/* SPDX-License-Identifier: MIT */
/* Full recordings made by hand: how pieces are put together, what a missing operation means, and what a prediction says. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST = 2, SECOND = 3, A = 1, B = 2, OTHER = 3 };

static void acquires(struct trace *trace, uint32_t thread, uint32_t lock, uint32_t place, uint32_t sequence)
{
	trace_operation(trace, thread, (struct full_record){.op = FULL_ACQUIRE,
							    .object = lock,
							    .stack = trace_site(trace, place),
							    .sequence = sequence});
}

static struct full_record *releases(struct trace *trace, uint32_t thread, uint32_t lock)
{
	return trace_operation(trace, thread, (struct full_record){.op = FULL_RELEASE, .object = lock});
}

/* One lock in the other, with the places that court_nests() gives them. */
static void nests(struct trace *trace, uint32_t thread, uint32_t outer, uint32_t inner, uint32_t sequence)
{
	uint32_t place = 2 * (outer * 64 + inner);

	court_nests(trace, thread, 0, outer, inner);
	acquires(trace, thread, outer, place, sequence);
	acquires(trace, thread, inner, place + 1, sequence);
	releases(trace, thread, inner);
	releases(trace, thread, outer);
}

/* A in B, and then B in A. */
static struct trace *abba(void)
{
	struct trace *trace = court_story(3, 2);

	nests(trace, FIRST, A, B, 1);
	nests(trace, SECOND, B, A, 2);
	return trace;
}

static uint32_t count(const struct model *model, uint32_t thread)
{
	return model->first_operation[thread + 1] - model->first_operation[thread];
}

static void test_pieces(void)
{
	struct trace *trace = court_story(3, 2);
	struct model *model;

	for (uint32_t i = 1; i <= 5000; i++) {
		acquires(trace, i % 2 ? FIRST : SECOND, A, 1, i);
		releases(trace, i % 2 ? FIRST : SECOND, A);
	}
	model = court_read(trace);
	assert(!model->damage && model->mode == TRACE_FULL && model->n_operations == 2 + 2 * 5000);
	assert(count(model, MAIN_THREAD) == 0 && count(model, FIRST) == 5001 && count(model, SECOND) == 5001);
	assert(model->operations[model->first_operation[SECOND]].op == FULL_SEGMENT);
	for (uint32_t i = 0; i < 2500; i++) {
		const struct operation *operation = &model->operations[model->first_operation[SECOND] + 1 + 2 * i];

		assert(operation[0].op == FULL_ACQUIRE && operation[0].sequence == 2 * i + 2);
		assert(operation[1].op == FULL_RELEASE && operation[1].object == A);
	}
	model_free(model);
	trace_free(trace);
}

/* The program was killed between taking a place and filling it. */
static void test_hole(void)
{
	struct trace *trace = court_story(3, 2);
	struct model *model;

	acquires(trace, SECOND, B, 1, 1);
	acquires(trace, FIRST, A, 1, 1);
	memset(releases(trace, FIRST, A), 0, sizeof(struct full_record));
	acquires(trace, FIRST, B, 1, 2);
	model = court_read(trace);
	assert(!model->damage && count(model, FIRST) == 2 && count(model, SECOND) == 2);
	model_free(model);
	trace_free(trace);
}

/* A record that refers to an entry, of which the first word is all that is written. */
static void shortly(struct trace *trace, uint32_t thread, enum full_op op, uint32_t entry, uint32_t steps)
{
	trace_operation(trace, thread,
			(struct full_record){.op = op, .form = FULL_AGAIN, .entry = entry, .steps = steps});
}

/* ... to one that was acquired, and that many locks were given back after it. */
static void nested(struct trace *trace, uint32_t thread, uint32_t entry, uint32_t steps, uint32_t n_released)
{
	trace_operation(trace, thread,
			(struct full_record){.op = (n_released + 1) & FULL_OP_MASK,
					     .mode = entry >> FULL_ENTRY_BITS & 3,
					     .flags = entry >> (FULL_ENTRY_BITS + 2) & 3,
					     .form = FULL_NESTED,
					     .entry = entry & FULL_ENTRY_MASK,
					     .steps = steps & 1023});
}

static void first(struct trace *trace, uint32_t thread, uint32_t lock, uint32_t entry, uint32_t sequence)
{
	trace_operation(trace, thread,
			(struct full_record){.op = FULL_ACQUIRE,
					     .form = FULL_FIRST,
					     .entry = entry & FULL_ENTRY_MASK,
					     .steps = entry >> FULL_ENTRY_BITS & 15,
					     .object = lock,
					     .stack = trace_site(trace, 7),
					     .sequence = sequence});
}

static void expect(const struct model *model, uint32_t thread, uint32_t i, enum full_op op, uint32_t lock, uint32_t sequence)
{
	const struct operation *operation = &model->operations[model->first_operation[thread] + 1 + i];

	assert(operation->op == op && operation->object == lock && operation->sequence == sequence);
	assert(!operation->stack == (op == FULL_RELEASE));
}

/* Entries are the thread's own; the sequence goes on from the entry's last; what is let go of is the newest that fits. */
static void test_short_records(void)
{
	struct trace *trace = court_story(3, 2);
	struct model *model;

	first(trace, FIRST, A, 5, 3);
	shortly(trace, FIRST, FULL_RELEASE_NEWEST, 0, 0);
	first(trace, SECOND, B, 5, 1);
	nested(trace, FIRST, 5, 4, 1);
	shortly(trace, FIRST, FULL_ACQUIRE, 5, 1);
	first(trace, FIRST, B, 6, 2);
	releases(trace, FIRST, A);
	shortly(trace, FIRST, FULL_RELEASE_NEWEST, 0, 0);
	model = court_read(trace);
	assert(!model->damage && count(model, FIRST) == 9 && count(model, SECOND) == 2);
	expect(model, FIRST, 0, FULL_ACQUIRE, A, 3);
	expect(model, FIRST, 1, FULL_RELEASE, A, 3);
	expect(model, FIRST, 2, FULL_ACQUIRE, A, 7);
	expect(model, FIRST, 3, FULL_RELEASE, A, 7);
	expect(model, FIRST, 4, FULL_ACQUIRE, A, 8);
	expect(model, FIRST, 5, FULL_ACQUIRE, B, 2);
	expect(model, FIRST, 6, FULL_RELEASE, A, 0);
	expect(model, FIRST, 7, FULL_RELEASE, B, 2);
	expect(model, SECOND, 0, FULL_ACQUIRE, B, 1);
	model_free(model);
	trace_free(trace);
}

/* Three locks that were taken before are taken again one in another, by entries of any size.  The inner ones are given back after
 * the last was taken, and the outer one by a record of its own. */
static void test_nested(void)
{
	static const uint32_t locks[] = {A, B, OTHER}, entries[] = {5, 1 << FULL_ENTRY_BITS | 5, FULL_ENTRIES - 1};
	struct trace *trace = court_story(3, 3);
	struct model *model;

	for (int i = 0; i < 3; i++) {
		first(trace, FIRST, locks[i], entries[i], 1);
		releases(trace, FIRST, locks[i]);
	}
	for (int i = 0; i < 3; i++)
		nested(trace, FIRST, entries[i], 1 + i, i == 2 ? 2 : 0);
	shortly(trace, FIRST, FULL_RELEASE_NEWEST, 0, 0);
	model = court_read(trace);
	assert(!model->damage && count(model, FIRST) == 1 + 12);
	for (uint32_t i = 0; i < 3; i++) {
		expect(model, FIRST, 6 + i, FULL_ACQUIRE, locks[i], 2 + i);
		expect(model, FIRST, 9 + i, FULL_RELEASE, locks[2 - i], 4 - i);
	}
	model_free(model);
	trace_free(trace);
}

/* More was given back than is held; what is known of it stays. */
static void test_nested_nonsense(void)
{
	for (uint32_t n = 1; n < FULL_OP_MASK; n++) {
		struct trace *trace = court_story(3, 2);
		struct model *model;

		first(trace, FIRST, A, 5, 1);
		nested(trace, FIRST, 5, 1, n);
		releases(trace, FIRST, B);
		model = court_read(trace);
		assert(!model->damage == (n <= 2) && model->bad_records == (n > 2));
		assert(count(model, FIRST) == 1 + 2 + (n <= 2 ? n + 1 : 2));
		model_free(model);
		trace_free(trace);
	}
}

/* An entry that stands for nothing, and a release of nothing held. */
static void test_short_nonsense(void)
{
	for (int i = 0; i < 2; i++) {
		struct trace *trace = court_story(3, 2);
		struct model *model;

		first(trace, FIRST, A, 5, 3);
		if (!i)
			releases(trace, FIRST, A);
		shortly(trace, FIRST, i ? FULL_ACQUIRE : FULL_RELEASE_NEWEST, 6, 0);
		shortly(trace, FIRST, FULL_RELEASE_NEWEST, 0, 0);
		model = court_read(trace);
		assert(model->damage && model->bad_records == 1 && count(model, FIRST) == (i ? 2 : 3));
		model_free(model);
		trace_free(trace);
	}
}

/* Times are no operations, and change none. */
static void test_times(void)
{
	struct trace *trace = court_story(3, 2);
	struct model *model;

	trace_operation(trace, FIRST, (struct full_record){.op = FULL_TIME, .object = 99, .stack = 99});
	acquires(trace, FIRST, A, 1, 1);
	trace_operation(trace, FIRST, (struct full_record){.op = FULL_TIME, .object = 99, .stack = 100});
	releases(trace, FIRST, A);
	model = court_read(trace);
	assert(!model->damage && count(model, FIRST) == 3);
	assert(model->operations[model->first_operation[FIRST] + 1].op == FULL_ACQUIRE);
	assert(model->operations[model->first_operation[FIRST] + 2].op == FULL_RELEASE);
	model_free(model);
	trace_free(trace);
}

static void test_missing_piece(void)
{
	struct trace *trace = court_story(3, 2);
	struct model *model;

	acquires(trace, FIRST, A, 1, 1);
	acquires(trace, SECOND, B, 1, 1);
	trace->n_pieces[FIRST]++;
	releases(trace, FIRST, A);
	model = court_read(trace);
	assert(!model->damage && count(model, FIRST) == 2 && count(model, SECOND) == 2);
	model_free(model);
	trace_free(trace);
}

static void test_nonsense(void)
{
	static const struct full_record bad[] = {
		{.op = FULL_OPS},
		{.op = FULL_ACQUIRE, .object = 99},
		{.op = FULL_ACQUIRE, .object = A, .mode = MODE_TOKEN},
		{.op = FULL_SIGNAL},
		{.op = FULL_OWNER, .object = 99},
		{.op = FULL_OWNER},
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct trace *trace = court_story(3, 2);
		struct model *model;

		acquires(trace, FIRST, A, 1, 1);
		trace_operation(trace, FIRST, bad[i]);
		releases(trace, FIRST, A);
		model = court_read(trace);
		assert(model->damage && model->bad_records == 1 && count(model, FIRST) == 2);
		model_free(model);
		trace_free(trace);
	}
}

static void test_predicted(void)
{
	struct trace *trace = abba();
	struct court court;

	court_judge(&court, trace, NULL);
	court_expect(&court, "lock-order-cycle predicted error\n");
	assert(strstr(court.verdict->findings[0].assumptions[1], "grade A"));
	court_adjourn(&court);
	trace_free(trace);
}

/* The second thread comes by another lock that the first has had after its own. */
static void test_other_lock(void)
{
	struct trace *trace = court_story(3, 2);
	struct court court;

	nests(trace, FIRST, A, B, 1);
	acquires(trace, FIRST, OTHER, 1, 1);
	releases(trace, FIRST, OTHER);
	acquires(trace, SECOND, OTHER, 1, 2);
	releases(trace, SECOND, OTHER);
	nests(trace, SECOND, B, A, 2);
	court_judge(&court, trace, NULL);
	court_expect(&court, "lock-order-cycle predicted error\n");
	assert(strstr(court.verdict->findings[0].assumptions[1], "%2 (grade B"));
	assert(court.verdict->findings[0].n_locks == 3 && court.verdict->findings[0].locks[2].object == OTHER);
	court_adjourn(&court);
	trace_free(trace);
}

/* ... and is waited with: the first may have told the second something. */
static void test_hand_off(void)
{
	struct trace *trace = court_story(3, 2);
	uint32_t cond = trace_object(trace, OBJECT_COND, 0x5000, 0);

	nests(trace, FIRST, A, B, 1);
	acquires(trace, FIRST, OTHER, 1, 1);
	releases(trace, FIRST, OTHER);
	acquires(trace, SECOND, OTHER, 1, 2);
	releases(trace, SECOND, OTHER);
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_WOKEN,
							    .mode = MODE_TOKEN,
							    .object = cond,
							    .stack = trace_site(trace, 2),
							    .sequence = 1});
	acquires(trace, SECOND, OTHER, 2, 3);
	releases(trace, SECOND, OTHER);
	nests(trace, SECOND, B, A, 2);
	court_settle(trace, "lock-order-cycle possible error\n");
}

/* The first does its part in a once routine, and the second has passed that before it begins. */
static void test_once(bool has_passed)
{
	struct trace *trace = court_story(3, 2);
	uint32_t once = trace_object(trace, OBJECT_ONCE, 0x5000, 0);

	acquires(trace, FIRST, once, 1, 1);
	nests(trace, FIRST, A, B, 1);
	releases(trace, FIRST, once);
	if (has_passed) {
		trace_operation(trace, SECOND, (struct full_record){.op = FULL_ACQUIRE,
								    .mode = MODE_READ,
								    .object = once,
								    .sequence = 1});
		releases(trace, SECOND, once);
	}
	nests(trace, SECOND, B, A, 2);
	court_settle(trace, has_passed ? "lock-order-cycle possible error\n" : "lock-order-cycle predicted error\n");
}

/* A section of A in between is not there: what comes after it is not known to be so. */
static void test_gap(void)
{
	struct trace *trace = court_story(3, 2);

	nests(trace, FIRST, A, B, 1);
	nests(trace, SECOND, B, A, 3);
	court_settle(trace, "lock-order-cycle possible error\n");
}

/* Operations are missing that left no gap. */
static void test_lost(void)
{
	struct trace *trace = abba();

	trace_header(trace)->lost[LOST_SIGNAL] = 1;
	court_settle(trace, "lock-order-cycle possible error\n");
}

static void test_tried(void)
{
	struct trace *trace = court_story(3, 2);
	uint32_t place = 2 * (B * 64 + A);

	nests(trace, FIRST, A, B, 1);
	court_nests(trace, SECOND, 0, B, A);
	acquires(trace, SECOND, B, place, 2);
	trace_operation(trace, SECOND, (struct full_record){.op = FULL_ACQUIRE,
							    .flags = FULL_TRIED,
							    .object = A,
							    .stack = trace_site(trace, place + 1),
							    .sequence = 2});
	court_settle(trace, "lock-order-cycle possible error\n");
}

int main(void)
{
	test_pieces();
	test_hole();
	test_short_records();
	test_nested();
	test_nested_nonsense();
	test_short_nonsense();
	test_times();
	test_missing_piece();
	test_nonsense();
	test_predicted();
	test_other_lock();
	test_hand_off();
	test_once(true);
	test_once(false);
	test_gap();
	test_lost();
	test_tried();
	return 0;
}
