/* SPDX-License-Identifier: MIT */
/* What happened in the run: deadlocks from the record and from the live table, lost locks, misuse. */
#undef NDEBUG
#include "court.h"

#include <assert.h>
#include <string.h>

enum { A = 1, B, C };
enum { ONE = 2, TWO, THREE };

static const char deadlock[] = "lock-order-cycle observed error\n";

/* ---- the record ------------------------------------------------------------------------------------------------- */

static void stuck_abba(struct trace *trace)
{
	struct record_held a = {.object = A, .stack = trace_site(trace, 1)};
	struct record_held b = {.object = B, .stack = trace_site(trace, 2)};
	struct trace_want wants[] = {
		{.thread = ONE, .object = B, .kind = OBJECT_MUTEX, .stack = 3, .n_held = 1, .held = &a, .since_ns = 7},
		{.thread = TWO, .object = A, .kind = OBJECT_MUTEX, .stack = 4, .n_held = 1, .held = &b, .since_ns = 9},
	};

	trace_site(trace, 4);
	trace_stuck(trace, wants, 2);
}

static void test_recorded(void)
{
	struct trace *trace = court_story(3, 2);
	const struct finding *finding;
	struct court court;

	stuck_abba(trace);
	court_judge(&court, trace, NULL);
	court_expect(&court, deadlock);
	finding = &court.verdict->findings[0];
	assert(finding->n_parts == 2 && finding->parts[0].thread == ONE && finding->parts[1].since_ns == 9);
	assert(finding->locks[0].object == A && finding->locks[1].object == B);
	assert(finding->parts[0].cycle_hold == 0 && finding->parts[0].holds[0].lock.object == A);
	court_adjourn(&court);
	trace_free(trace);
}

/* The dependencies of the two threads predict what then happened: that is one finding. */
static void test_recorded_and_predicted(void)
{
	struct trace *trace = court_story(3, 2);

	stuck_abba(trace);
	court_takes(trace, (struct taking){.thread = ONE, .holds = A, .wants = B, .place = 5});
	court_takes(trace, (struct taking){.thread = TWO, .holds = B, .wants = A, .place = 6});
	court_settle(trace, deadlock);
}

static void test_self(void)
{
	struct trace *trace = court_story(3, 1);
	struct record_held a = {.object = A};

	trace_stuck(trace,
		    &(struct trace_want){.thread = ONE, .object = A, .kind = OBJECT_MUTEX, .n_held = 1, .held = &a}, 1);
	court_settle(trace, "self-deadlock observed error\n");
}

static void test_join(void)
{
	struct trace *trace = court_story(3, 1);
	struct record_held a = {.object = A};
	uint32_t end = trace_end_of(trace, ONE);
	struct trace_want wants[] = {
		{.thread = MAIN_THREAD,
		 .object = end,
		 .kind = OBJECT_THREAD,
		 .mode = MODE_TOKEN,
		 .n_held = 1,
		 .held = &a},
		{.thread = ONE, .object = A, .kind = OBJECT_MUTEX},
	};
	const struct finding *finding;
	struct court court;

	trace_stuck(trace, wants, 2);
	court_judge(&court, trace, NULL);
	court_expect(&court, "join-cycle observed error\n");
	finding = &court.verdict->findings[0];
	assert(finding->parts[0].cycle_hold == 0 && finding->parts[1].cycle_hold == -1);
	court_adjourn(&court);
	trace_free(trace);
}

/* ---- the live table --------------------------------------------------------------------------------------------- */

/* A thread that holds one lock and waits for another. */
static struct live_slot *stands(struct trace *trace, uint32_t thread, uint32_t holds, enum object_mode held_mode,
				uint32_t wants, enum object_mode want_mode)
{
	struct live_hold hold = {.address = trace_address(holds), .kind = OBJECT_MUTEX, .mode = held_mode};
	struct live_slot *slot = trace_slot(trace, thread, SLOT_ALIVE, holds != 0, &hold);

	if (wants)
		trace_slot_waits(slot, OBJECT_MUTEX, trace_address(wants), want_mode, 0);
	return slot;
}

static void test_table(void)
{
	struct trace *trace = court_story(3, 3);
	struct court court;

	stands(trace, ONE, A, MODE_WRITE, B, MODE_WRITE);
	stands(trace, TWO, B, MODE_WRITE, A, MODE_WRITE);
	stands(trace, THREE, 0, MODE_WRITE, A, MODE_WRITE);
	court_judge(&court, trace, NULL);
	court_expect(&court, deadlock);
	assert(court.verdict->findings[0].n_parts == 2 && court.verdict->findings[0].count == 1);
	assert(strstr(court.verdict->findings[0].why, "1 more thread waits behind"));
	court_adjourn(&court);
	trace_free(trace);
}

/* Recorded when it closed, and still there at the end: that is one. */
static void test_table_and_record(void)
{
	struct trace *trace = court_story(3, 2);
	struct court court;

	stuck_abba(trace);
	stands(trace, ONE, A, MODE_WRITE, B, MODE_WRITE)->want_since_ns = 7;
	stands(trace, TWO, B, MODE_WRITE, A, MODE_WRITE)->want_since_ns = 9;
	court_judge(&court, trace, NULL);
	court_expect(&court, deadlock);
	assert(court.verdict->findings[0].count == 1);
	court_adjourn(&court);
	trace_free(trace);
}

static void test_chain(void)
{
	struct trace *trace = court_story(3, 3);

	stands(trace, ONE, A, MODE_WRITE, B, MODE_WRITE);
	stands(trace, TWO, B, MODE_WRITE, C, MODE_WRITE);
	stands(trace, THREE, C, MODE_WRITE, 0, MODE_WRITE);
	court_settle(trace, "");
}

/* Who waits with a time limit will go on. */
static void test_timed(void)
{
	struct trace *trace = court_story(3, 2);

	stands(trace, ONE, A, MODE_WRITE, B, MODE_WRITE);
	stands(trace, TWO, B, MODE_WRITE, A, MODE_WRITE)->want_flags = DEP_TIMED;
	court_settle(trace, "");
}

/* Of many readers one is enough to keep a writer out for ever; readers do not keep readers out. */
static void test_readers(void)
{
	struct trace *trace = court_story(3, 3);

	stands(trace, THREE, A, MODE_READ, 0, MODE_WRITE);
	stands(trace, ONE, A, MODE_READ, B, MODE_WRITE);
	stands(trace, TWO, B, MODE_WRITE, A, MODE_WRITE);
	court_settle(trace, deadlock);
	trace = court_story(3, 2);
	stands(trace, ONE, A, MODE_READ, B, MODE_WRITE);
	stands(trace, TWO, B, MODE_WRITE, A, MODE_READ);
	court_settle(trace, "");
}

/* A reader takes the lock again behind a writer that waits for its first hold; a plain reader would not wait there. */
static void test_behind_writers(void)
{
	struct trace *trace = court_story(3, 2);

	stands(trace, ONE, A, MODE_READ, A, MODE_READ)->want_flags = DEP_BEHIND_WRITERS;
	stands(trace, TWO, 0, MODE_WRITE, A, MODE_WRITE);
	court_settle(trace, "read-behind-writer observed error\n");
	trace = court_story(3, 2);
	stands(trace, ONE, A, MODE_READ, A, MODE_READ);
	stands(trace, TWO, 0, MODE_WRITE, A, MODE_WRITE);
	court_settle(trace, "");
}

static void test_table_self(void)
{
	struct trace *trace = court_story(3, 1);

	stands(trace, ONE, A, MODE_WRITE, A, MODE_WRITE);
	court_settle(trace, "self-deadlock observed error\n");
}

static void test_table_joins(void)
{
	struct trace *trace = court_story(3, 2);

	trace_slot_waits(trace_slot(trace, ONE, SLOT_ALIVE, 0, NULL), OBJECT_THREAD, TWO, MODE_TOKEN, 0);
	trace_slot_waits(trace_slot(trace, TWO, SLOT_ALIVE, 0, NULL), OBJECT_THREAD, ONE, MODE_TOKEN, 0);
	court_settle(trace, "join-cycle observed error\n");
}

/* A lock that the trace has no object for is known by its address. */
static void test_unknown_lock(void)
{
	struct trace *trace = court_story(3, 2);
	struct court court;

	stands(trace, ONE, A, MODE_WRITE, 99, MODE_WRITE);
	stands(trace, TWO, 99, MODE_WRITE, A, MODE_WRITE);
	court_judge(&court, trace, NULL);
	court_expect(&court, deadlock);
	for (uint32_t i = 0; i < 2; i++) {
		const struct finding_part *part = &court.verdict->findings[0].parts[i];

		assert(part->cycle_hold == 0 &&
		       part->holds[0].lock.address == court.verdict->findings[0].locks[i].address);
	}
	court_adjourn(&court);
	trace_free(trace);
}

/* Two hundred threads in one ring. */
static void test_large_ring(void)
{
	enum { N = 200 };
	struct trace *trace = court_story(N, N);
	struct court court;

	for (uint32_t i = 0; i < N; i++)
		stands(trace, ONE + i, i + 1, MODE_WRITE, (i + 1) % N + 1, MODE_WRITE);
	court_judge(&court, trace, NULL);
	court_expect(&court, deadlock);
	assert(court.verdict->findings[0].n_parts == N);
	court_adjourn(&court);
	trace_free(trace);
}

/* ---- locks that nobody will release ----------------------------------------------------------------------------- */

static struct trace *orphan(uint32_t flags)
{
	struct trace *trace = court_story(3, 0);
	struct live_hold hold = {.kind = OBJECT_MUTEX};

	hold.address = trace_address(trace_object(trace, OBJECT_MUTEX, trace_address(4), flags));
	trace_thread(trace, MAIN_THREAD, 0);
	trace_slot_waits(trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 0, NULL), OBJECT_MUTEX, hold.address, MODE_WRITE,
			 0);
	trace_slot(trace, ONE, SLOT_ENDED, 1, &hold);
	return trace;
}

static void test_orphan(void)
{
	struct trace *trace = orphan(0);
	const struct finding *finding;
	struct court court;

	court_judge(&court, trace, NULL);
	court_expect(&court, "orphaned-lock observed error\n");
	finding = &court.verdict->findings[0];
	assert(finding->parts[0].thread == MAIN_THREAD && finding->parts[0].has_want);
	assert(finding->parts[1].thread == ONE && finding->parts[1].cycle_hold == 0 && !finding->parts[1].has_want);
	court_adjourn(&court);
	trace_free(trace);
	court_settle(orphan(OBJECT_ROBUST), "");
}

/* ---- standstills ------------------------------------------------------------------------------------------------ */

/* Judges a trace whose process is known to have ended when the first thread had waited for so long; 0 not known. */
static void expect_at_end(struct trace *trace, uint64_t waited_ns, const char *findings)
{
	struct court court;

	court_judge(&court, trace, NULL);
	verdict_free(court.verdict);
	court.session.pid = court.session.models[0]->pid;
	if (waited_ns)
		court.session.end_monotonic_ns = court.session.models[0]->live[0].wait.since_ns + waited_ns;
	court.verdict = judge(&court.session);
	court_expect(&court, findings);
	court_adjourn(&court);
}

/* Main is alone, and waits to be woken. */
static struct trace *sleeper(enum object_kind kind, uint32_t flags)
{
	struct trace *trace = court_story(3, 0);

	trace_object(trace, kind, 0x500, 0);
	trace_slot_waits(trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 0, NULL), kind, 0x500, MODE_TOKEN, flags);
	return trace;
}

static void test_asleep(void)
{
	static const char error[] = "nobody-to-wake observed error\n", warning[] = "nobody-to-wake observed warning\n";
	const uint64_t end = 1000000000;
	struct trace *trace = sleeper(OBJECT_COND, 0);

	expect_at_end(trace, end, error);
	expect_at_end(trace, 0, warning);
	expect_at_end(trace, 1000, "");
	trace_free(trace);
	trace = sleeper(OBJECT_SEM, 0);
	expect_at_end(trace, end, warning);
	trace_free(trace);
	trace = sleeper(OBJECT_COND, DEP_TIMED);
	expect_at_end(trace, end, "");
	trace_free(trace);
	trace = sleeper(OBJECT_FUTEX, 0);
	expect_at_end(trace, end, "");
	trace_free(trace);
}

/* One thread more, and it runs; or perhaps there are more, of which nothing is known. */
static void test_not_all_asleep(void)
{
	struct trace *trace = sleeper(OBJECT_COND, 0);

	trace_thread(trace, MAIN_THREAD, 0);
	trace_slot(trace, ONE, SLOT_ALIVE, 0, NULL);
	expect_at_end(trace, 1000000000, "");
	trace_free(trace);
	trace = sleeper(OBJECT_COND, 0);
	trace_header(trace)->caps[CAP_THREADS] = 1;
	expect_at_end(trace, 1000000000, "");
	trace_free(trace);
}

/* Main waits to be woken with A held, and the one who would wake it waits for A. */
static void test_nested(void)
{
	struct trace *trace = court_story(3, 1);
	struct live_hold hold = {.address = trace_address(A), .kind = OBJECT_MUTEX};

	trace_object(trace, OBJECT_COND, 0x500, 0);
	trace_slot_waits(trace_slot(trace, MAIN_THREAD, SLOT_ALIVE, 1, &hold), OBJECT_COND, 0x500, MODE_TOKEN, 0);
	stands(trace, ONE, 0, MODE_WRITE, A, MODE_WRITE);
	expect_at_end(trace, 1000000000, "nested-monitor observed error\n");
	trace_free(trace);
}

/* ---- events ----------------------------------------------------------------------------------------------------- */

static void test_misuse(void)
{
	struct trace *trace = court_story(3, 2);
	const struct finding *finding;
	struct court court;

	trace_event(trace, EVENT_UNLOCK_NOT_OWNER, ONE, A, TWO);
	trace_event(trace, EVENT_DESTROY_HELD, ONE, B, ONE);
	trace_event(trace, EVENT_EXIT_HELD, TWO, C, 0);
	court_judge(&court, trace, NULL);
	court_expect(&court,
		     "unlock-not-owner observed error\ndestroy-held observed error\nexit-held observed warning\n");
	finding = &court.verdict->findings[0];
	assert(finding->n_parts == 2 && finding->parts[0].thread == ONE && finding->parts[0].has_want);
	assert(finding->parts[1].thread == TWO && finding->parts[1].n_holds == 1 && !finding->parts[1].has_want);
	finding = &court.verdict->findings[1];
	assert(finding->n_parts == 1 && finding->parts[0].has_want && finding->parts[0].cycle_hold == 0);
	finding = &court.verdict->findings[2];
	assert(finding->n_parts == 1 && !finding->parts[0].has_want && finding->parts[0].holds[0].lock.object == C);
	court_adjourn(&court);
	trace_free(trace);
}

/* A lock that was held at the fork: made anew in the child it is no matter, waited for it is an error. */
static void test_fork(void)
{
	struct trace *trace = court_story(3, 0);
	struct court court;

	trace_event(trace, EVENT_FORK_HELD, MAIN_THREAD, A, 0);
	trace_event(trace, EVENT_FORK_HELD, MAIN_THREAD, B, 0);
	trace_object_end(trace, B);
	court_judge(&court, trace, NULL);
	court_expect(&court, "fork-held observed warning\n");
	assert(court.verdict->findings[0].n_parts == 2 && court.verdict->findings[0].parts[1].n_holds == 1);
	court_adjourn(&court);
	stands(trace, MAIN_THREAD, 0, MODE_WRITE, A, MODE_WRITE);
	court_settle(trace, "orphaned-lock observed error\nfork-held observed warning\n");
}

int main(void)
{
	test_recorded();
	test_recorded_and_predicted();
	test_self();
	test_join();
	test_table();
	test_table_and_record();
	test_chain();
	test_timed();
	test_readers();
	test_behind_writers();
	test_table_self();
	test_table_joins();
	test_unknown_lock();
	test_large_ring();
	test_orphan();
	test_asleep();
	test_not_all_asleep();
	test_nested();
	test_misuse();
	test_fork();
	return 0;
}
