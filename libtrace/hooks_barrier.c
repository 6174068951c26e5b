/* SPDX-License-Identifier: MIT */
/* Barriers: a wait without owner, and an order.  What any party did before a round comes before what all do after it. */
#include "hooks.h"

#include "arena.h"
#include "births.h"
#include "writer.h"

enum { MAX_ROUNDS = 4096 };	/* of one thread: then its later rounds are one segment */

static struct table barriers;	/* address -> struct known, packed */

/* What is known of a barrier: how many parties make a round, and how many have arrived in its life. */
struct known {
	uint64_t parties : 16;
	uint64_t arrivals : 48;
};

union packed {
	struct known known;
	uint64_t word;
};

exported int pthread_barrier_init(pthread_barrier_t *b, const pthread_barrierattr_t *a, unsigned count)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.pthread_barrier_init(b, a, count);
	uint64_t *place;
	bool is_new;

	if (!t || rc)
		return rc;
	hook_initialised(t, (uintptr_t)b, OBJECT_BARRIER, stack_here(t, return_address(), caller_frame()));
	place = table_insert(&barriers, (uintptr_t)b, &is_new);
	if (place)
		*place = ((union packed){.known = {.parties = count <= UINT16_MAX ? count : 0}}).word;
	return rc;
}

exported int pthread_barrier_destroy(pthread_barrier_t *b)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;
	int rc = real.pthread_barrier_destroy(b);

	if (t && rc == 0)
		hook_destroyed(t, (uintptr_t)b, stack);
	return rc;
}

/* Counts the caller's arrival.  Returns its round, from 1; 0 when the barrier's beginning was not seen. */
static cold uint32_t arrive(uintptr_t barrier)
{
	uint64_t *place = table_find(&barriers, barrier);
	union packed before;

	if (!place)
		return 0;
	before.word = __atomic_fetch_add(place, ((union packed){.known = {.arrivals = 1}}).word, __ATOMIC_ACQ_REL);
	return before.known.parties ? (uint32_t)(before.known.arrivals / before.known.parties) + 1 : 0;
}

static cold void record_round(struct thread *t, uintptr_t barrier, uint32_t round, uint32_t stack)
{
	struct record_edge fact = {
		.h.thread = t->index,
		.kind = EDGE_BARRIER,
		.from_thread = t->index,
		.from_segment = t->segment,
		.to_thread = t->index,
		.round = round,
	};

	/* Full recording is for what has no other order than that which is recorded. */
	if (!round || (t->n_rounds == MAX_ROUNDS && !switches.records_all))
		return;
	t->n_rounds++;
	record_new_segment(t);
	fact.to_segment = t->segment;
	thread_enter(t);
	fact.object = object_id(t, barrier, OBJECT_BARRIER, stack);
	if (birth_note_late(t))
		writer_append(RECORD_EDGE, &fact, sizeof(fact), NULL, 0);
	thread_leave(t);
}

exported int pthread_barrier_wait(pthread_barrier_t *b)
{
	struct thread *t = thread_here(caller_frame());
	struct live_want want = {.address = (uintptr_t)b, .kind = OBJECT_BARRIER, .mode = MODE_TOKEN};
	struct live_saved saved;
	uint32_t round;
	int rc;

	if (!t)
		return real.pthread_barrier_wait(b);
	want.stack = stack_here(t, return_address(), caller_frame());
	record_want(t, &want, OP_WAIT);
	round = arrive((uintptr_t)b);
	if (!round)
		full_token(t, FULL_SIGNAL, (uintptr_t)b, OBJECT_BARRIER, want.stack);
	live_wait_begin(t, &want, &saved);
	rc = real.pthread_barrier_wait(b);
	live_wait_end(t, &saved);
	record_round(t, (uintptr_t)b, round, want.stack);
	if (!round)
		full_token(t, FULL_WOKEN, (uintptr_t)b, OBJECT_BARRIER, want.stack);
	return rc;
}
