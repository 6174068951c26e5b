/* SPDX-License-Identifier: MIT */
/* Small random programs, run at random and recorded in full: a cycle is predicted only when trying all schedules of the
 * program's operations finds one that ends in it, and the closure that tells so is what its definition says.
 *
 * A program is a list of operations for each thread, which it does in this order, whatever the others do.
 */
#undef NDEBUG
#include "court.h"

#include "tools/judge/closure.h"
#include "tools/judge/modes.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
	SEED = 20,
	N_PROGRAMS = 3000,
	MOST_THREADS = 4,		/* numbered from 1, main */
	MOST_STEPS = 14,
	N_LOCKS = 4,			/* objects 1 to N_LOCKS, the last of which is a read-write lock, ... */
	SEMAPHORE = N_LOCKS + 1,	/* ... and one more */
	STATES = 1 << 18,
};

static uint32_t random_below(uint32_t n)
{
	static uint64_t state = SEED;

	state = state * 6364136223846793005u + 1442695040888963407u;
	return (uint32_t)(state >> 33) % n;
}

/* ---- programs --------------------------------------------------------------------------------------------------- */

enum step_kind { STEP_ACQUIRE, STEP_TRY, STEP_RELEASE, STEP_POST, STEP_WAIT, STEP_CREATE, STEP_JOIN };

struct step {
	enum step_kind kind;
	uint32_t object;		/* or thread */
	enum object_mode mode;
	uint32_t place;
};

struct program {
	uint32_t n_threads;
	struct step steps[MOST_THREADS + 1][MOST_STEPS];
	uint32_t n_steps[MOST_THREADS + 1];
};

static void add_step(struct program *program, uint32_t thread, struct step step)
{
	assert(program->n_steps[thread] < MOST_STEPS);
	program->steps[thread][program->n_steps[thread]++] = step;
}

static uint32_t random_held(uint32_t held)
{
	uint32_t lock;

	do
		lock = 1 + random_below(N_LOCKS);
	while (!(held & 1u << lock));
	return lock;
}

/* Takes locks that it has not and releases those that it has, in any order; posts and waits now and then. */
static void write_thread(struct program *program, uint32_t thread, uint32_t n)
{
	uint32_t held = 0;

	while (n--) {
		uint32_t lock = 1 + random_below(N_LOCKS), what = random_below(16);

		if (what == 0)
			add_step(program, thread, (struct step){.kind = random_below(2) ? STEP_POST : STEP_WAIT, .object = SEMAPHORE});
		else if (what < 11 && !(held & 1u << lock))
			add_step(program, thread, (struct step){
							  .kind = what == 1 ? STEP_TRY : STEP_ACQUIRE,
							  .object = lock,
							  .mode = lock == N_LOCKS ? (enum object_mode)random_below(2) : MODE_WRITE,
							  .place = lock * 4 + random_below(2),
						  });
		else if (held)
			add_step(program, thread, (struct step){.kind = STEP_RELEASE, .object = lock = random_held(held)});
		else
			continue;
		if (program->steps[thread][program->n_steps[thread] - 1].object == lock)
			held ^= 1u << lock;
	}
	for (uint32_t lock = 1; lock <= N_LOCKS; lock++)
		if (held & 1u << lock)
			add_step(program, thread, (struct step){.kind = STEP_RELEASE, .object = lock});
}

/* Main creates all others, and perhaps joins one before it creates the next. */
static void write_program(struct program *program)
{
	memset(program, 0, sizeof(*program));
	program->n_threads = 2 + random_below(MOST_THREADS - 1);
	for (uint32_t t = 2; t <= program->n_threads; t++) {
		add_step(program, 1, (struct step){.kind = STEP_CREATE, .object = t});
		if (random_below(5) == 0)
			add_step(program, 1, (struct step){.kind = STEP_JOIN, .object = t});
		write_thread(program, t, 3 + random_below(7));
	}
	if (random_below(2))
		write_thread(program, 1, 4);
}

/* ---- all states: how far each thread is -------------------------------------------------------------------------- */

struct state {
	uint8_t at[MOST_THREADS + 1];
};

/* The step at which the thread took the lock that it has; NULL when it has not. */
static const struct step *holds(const struct program *program, const struct state *state, uint32_t thread, uint32_t lock)
{
	const struct step *taken = NULL;

	for (uint32_t i = 0; i < state->at[thread]; i++) {
		const struct step *step = &program->steps[thread][i];

		if (step->object == lock && (step->kind == STEP_ACQUIRE || step->kind == STEP_TRY))
			taken = step;
		if (step->object == lock && step->kind == STEP_RELEASE)
			taken = NULL;
	}
	return taken;
}

static bool is_free(const struct program *program, const struct state *state, const struct step *step)
{
	for (uint32_t t = 1; t <= program->n_threads; t++) {
		const struct step *taken = holds(program, state, t, step->object);

		if (taken && modes_conflict(taken->mode, step->mode))
			return false;
	}
	return true;
}

static uint32_t count_done(const struct program *program, const struct state *state, enum step_kind kind, uint32_t object)
{
	uint32_t n = 0;

	for (uint32_t t = 1; t <= program->n_threads; t++)
		for (uint32_t i = 0; i < state->at[t]; i++)
			n += program->steps[t][i].kind == kind && program->steps[t][i].object == object;
	return n;
}

static bool can_step(const struct program *program, const struct state *state, uint32_t thread)
{
	const struct step *step = &program->steps[thread][state->at[thread]];

	if (state->at[thread] == program->n_steps[thread])
		return false;
	if (thread > 1 && !count_done(program, state, STEP_CREATE, thread))
		return false;
	switch (step->kind) {
	case STEP_ACQUIRE:
	case STEP_TRY:
		return is_free(program, state, step);
	case STEP_WAIT:
		return count_done(program, state, STEP_POST, SEMAPHORE) > count_done(program, state, STEP_WAIT, SEMAPHORE);
	case STEP_JOIN:
		return state->at[step->object] == program->n_steps[step->object] &&
		       (program->n_steps[step->object] || count_done(program, state, STEP_CREATE, step->object));
	default:
		return true;
	}
}

/* ---- one run, recorded ------------------------------------------------------------------------------------------- */

struct recording {
	const struct program *program;
	struct state state;
	struct trace *trace;
	uint32_t sequence[SEMAPHORE + 1];
	uint32_t segment[MOST_THREADS + 1];
	bool has_begun[MOST_THREADS + 1];
};

static void record(struct recording *recording, uint32_t thread, struct full_record operation)
{
	recording->has_begun[thread] = true;
	trace_operation(recording->trace, thread, operation);
}

static void record_acquired(struct recording *recording, uint32_t thread, const struct step *step)
{
	struct trace *trace = recording->trace;
	uint32_t *sequence = &recording->sequence[step->object], n = 0;
	struct record_held held[N_LOCKS];

	for (uint32_t lock = 1; lock <= N_LOCKS; lock++) {
		const struct step *taken = holds(recording->program, &recording->state, thread, lock);

		if (taken && lock != step->object)
			held[n++] = (struct record_held){
				.object = lock, .stack = trace_site(trace, taken->place), .mode = (uint8_t)taken->mode};
	}
	if (n && step->kind == STEP_ACQUIRE)
		trace_dep(trace, &(struct trace_want){
					 .thread = thread,
					 .segment = recording->segment[thread],
					 .op = OP_ACQUIRE,
					 .object = step->object,
					 .mode = step->mode,
					 .stack = trace_site(trace, step->place),
					 .n_held = n,
					 .held = held,
				 });
	*sequence += step->mode == MODE_WRITE;
	record(recording, thread, (struct full_record){
					  .op = FULL_ACQUIRE,
					  .mode = (uint8_t)step->mode,
					  .flags = step->kind == STEP_TRY ? FULL_TRIED : 0,
					  .object = step->object,
					  .stack = trace_site(trace, step->place),
					  .sequence = *sequence,
				  });
}

static void record_segment(struct recording *recording, uint32_t thread)
{
	record(recording, thread, (struct full_record){.op = FULL_SEGMENT, .sequence = ++recording->segment[thread]});
}

static void record_step(struct recording *recording, uint32_t thread, const struct step *step)
{
	struct trace *trace = recording->trace;

	switch (step->kind) {
	case STEP_ACQUIRE:
	case STEP_TRY:
		record_acquired(recording, thread, step);
		break;
	case STEP_RELEASE:
		record(recording, thread, (struct full_record){.op = FULL_RELEASE, .object = step->object});
		break;
	case STEP_CREATE:
		trace_thread(trace, 1, recording->segment[1]);
		record_segment(recording, 1);
		break;
	case STEP_JOIN:
		trace_edge(trace, EDGE_JOIN, step->object, UINT32_MAX, 1, recording->segment[1] + 1);
		record_segment(recording, 1);
		break;
	default:
		record(recording, thread, (struct full_record){
						  .op = step->kind == STEP_POST ? FULL_SIGNAL : FULL_WOKEN,
						  .mode = MODE_TOKEN,
						  .object = SEMAPHORE,
						  .sequence = ++recording->sequence[SEMAPHORE],
					  });
	}
}

/* Until nobody can go on: because all is done, or because they are stuck. */
static struct trace *run(const struct program *program)
{
	struct recording recording = {.program = program, .trace = trace_new(1)};
	uint32_t thread = 0, n_able;

	for (uint32_t i = 1; i <= N_LOCKS; i++)
		i < N_LOCKS ? trace_mutex(recording.trace) : trace_rwlock(recording.trace);
	trace_object(recording.trace, OBJECT_SEM, 0x5000, 0);
	do {
		n_able = 0;
		for (uint32_t t = 1; t <= program->n_threads; t++)
			if (can_step(program, &recording.state, t) && random_below(++n_able) == 0)
				thread = t;
		if (!n_able)
			break;
		record_step(&recording, thread, &program->steps[thread][recording.state.at[thread]++]);
		if (recording.state.at[thread] == program->n_steps[thread] && recording.has_begun[thread])
			record(&recording, thread, (struct full_record){.op = FULL_END});
	} while (true);
	return recording.trace;
}

/* ---- all schedules ----------------------------------------------------------------------------------------------- */

static uint32_t number_of(const struct state *state)
{
	uint32_t number = 0;

	for (uint32_t t = 1; t <= MOST_THREADS; t++)
		number = number * (MOST_STEPS + 1) + state->at[t];
	assert(number < STATES);
	return number;
}

/* Does each thread of the finding stand before its request, with what the part before it wants? */
static bool is_ended_in(const struct program *program, const struct state *state, const struct finding *finding)
{
	for (uint32_t i = 0; i < finding->n_parts; i++) {
		const struct finding_part *part = &finding->parts[i], *before;
		const struct step *step = &program->steps[part->thread][state->at[part->thread]], *taken;

		before = &finding->parts[(i + finding->n_parts - 1) % finding->n_parts];
		if (state->at[part->thread] == program->n_steps[part->thread] || step->kind != STEP_ACQUIRE ||
		    step->object != part->want.object || step->mode != part->want_mode)
			return false;
		taken = holds(program, state, part->thread, before->want.object);
		if (!taken || !modes_conflict(taken->mode, before->want_mode))
			return false;
	}
	return true;
}

static bool is_reachable(const struct program *program, struct state state, const struct finding *finding, bool *seen)
{
	if (seen[number_of(&state)])
		return false;
	seen[number_of(&state)] = true;
	if (is_ended_in(program, &state, finding))
		return true;
	for (uint32_t t = 1; t <= program->n_threads; t++) {
		struct state next = state;

		if (!can_step(program, &state, t))
			continue;
		next.at[t]++;
		if (is_reachable(program, next, finding, seen))
			return true;
	}
	return false;
}

/* ---- the closure, by its definition ------------------------------------------------------------------------------- */

struct naive {
	const struct history *history;
	uint32_t end[MOST_THREADS + 1];
	bool is_impossible, has_grown;
};

static bool has(const struct naive *naive, uint32_t operation)
{
	return operation < naive->end[history_thread(naive->history, operation)];
}

static void put(struct naive *naive, uint32_t operation)
{
	uint32_t thread;

	if (operation == NO_OPERATION || naive->history->position[operation] == NO_OPERATION) {
		naive->is_impossible = true;
		return;
	}
	thread = history_thread(naive->history, operation);
	naive->has_grown |= operation >= naive->end[thread];
	if (operation >= naive->end[thread])
		naive->end[thread] = operation + 1;
}

static void put_needs(struct naive *naive, uint32_t operation)
{
	const struct history *history = naive->history;

	for (uint32_t i = 0; i < history->n_needs; i++)
		for (uint32_t k = 0; history->needs[i].operation == operation && k < history->needs[i].n_ends; k++)
			if (history->ends[history->needs[i].first_end + k])
				put(naive, history->ends[history->needs[i].first_end + k] - 1);
}

/* Of two sections of one lock that exclude each other the earlier one is over. */
static void put_release(struct naive *naive, uint32_t earlier, uint32_t later)
{
	const struct operation *operations = naive->history->model->operations;

	if (operations[earlier].op == FULL_ACQUIRE && operations[later].op == FULL_ACQUIRE &&
	    operations[earlier].object == operations[later].object &&
	    modes_conflict(operations[earlier].mode, operations[later].mode) &&
	    naive->history->position[earlier] < naive->history->position[later])
		put(naive, naive->history->partner[earlier]);
}

static void grow(struct naive *naive)
{
	const struct history *history = naive->history;
	uint32_t n = history->model->n_operations;

	do {
		naive->has_grown = false;
		for (uint32_t i = 0; i < n && !naive->is_impossible; i++) {
			uint8_t op = history->model->operations[i].op;

			if (!has(naive, i))
				continue;
			put_needs(naive, i);
			if ((op == FULL_SIGNAL || op == FULL_WOKEN) && history->partner[i] != NO_OPERATION)
				put(naive, history->partner[i]);
			for (uint32_t k = 0; k < n && !naive->is_impossible; k++)
				if (has(naive, k))
					put_release(naive, i, k);
		}
	} while (naive->has_grown && !naive->is_impossible);
}

static void compare_closures(const struct model *model)
{
	struct history *history = history_new(model);
	struct closure closure;
	struct naive naive = {.history = history};

	if (!history)
		return;
	closure_init(&closure, history);
	for (uint32_t round = 0; round < 4; round++) {
		closure_clear(&closure);
		naive.is_impossible = false;
		memcpy(naive.end, model->first_operation, model->n_threads * sizeof(naive.end[0]));
		for (uint32_t i = 0; i < 2 && !naive.is_impossible; i++) {
			uint32_t thread = 1 + random_below(model->n_threads - 1), first = model->first_operation[thread];
			uint32_t end = first + random_below(model->first_operation[thread + 1] - first + 1);

			if (end > first)
				put(&naive, end - 1);
			grow(&naive);
			assert(closure_add(&closure, thread, end) == !naive.is_impossible);
		}
		if (!naive.is_impossible)
			assert(!memcmp(closure.end, naive.end, model->n_threads * sizeof(naive.end[0])));
	}
	closure_deinit(&closure);
	history_free(history);
}

/* ---- comparison --------------------------------------------------------------------------------------------------- */

struct tally {
	uint32_t n_predicted, n_possible, n_missed;
};

static void expect_possible(const struct program *program, const struct finding *finding, uint32_t number, struct tally *tally)
{
	static bool seen[STATES];
	bool is_there;

	memset(seen, 0, sizeof(seen));
	is_there = is_reachable(program, (struct state){0}, finding, seen);
	if (finding->class == CLASS_PREDICTED) {
		tally->n_predicted++;
		assert(finding->n_assumptions > 0);
	} else if (finding->class == CLASS_POSSIBLE) {
		tally->n_possible++;
		tally->n_missed += is_there;
	}
	if (finding->class != CLASS_PREDICTED || is_there)
		return;
	fprintf(stderr, "seed %d, program %u: a cycle of %u is predicted, and cannot be\n", SEED, number, finding->n_parts);
	abort();
}

static void compare(uint32_t number, struct tally *tally)
{
	struct program program;
	struct trace *trace;
	struct court court;

	write_program(&program);
	trace = run(&program);
	court_judge(&court, trace, NULL);
	assert(!court.session.models[0]->damage);
	for (uint32_t i = 0; i < court.verdict->n_findings; i++)
		if (court.verdict->findings[i].rule == RULE_LOCK_ORDER_CYCLE)
			expect_possible(&program, &court.verdict->findings[i], number, tally);
	compare_closures(court.session.models[0]);
	court_adjourn(&court);
	trace_free(trace);
}

int main(void)
{
	struct tally tally = {0};

	for (uint32_t i = 0; i < N_PROGRAMS; i++)
		compare(i, &tally);
	printf("seed %d, %d programs: %u cycles predicted, %u possible, of which %u have a schedule\n", SEED, N_PROGRAMS,
	       tally.n_predicted, tally.n_possible, tally.n_missed);
	fflush(stdout);
	assert(tally.n_predicted > N_PROGRAMS / 50);
	return 0;
}
