/* SPDX-License-Identifier: MIT */
/* fork(): the child gets a trace of its own, and knows what was held when it was born.
 *
 * A forked child has its parent's trace mapped, and must not write there.  Most children exec at once, so a child begins
 * its own trace only when it first does something to record.  What was held is copied at the fork, since the parent goes
 * on; the stacks that belong to it are still in the parent's trace then, where nothing that was written ever changes.
 */
#include "fork.h"

#include "arena.h"
#include "births.h"
#include "contention.h"
#include "context.h"
#include "files.h"
#include "full.h"
#include "hooks.h"
#include "init.h"
#include "inside.h"
#include "life.h"
#include "lifetime.h"
#include "live.h"
#include "modules.h"
#include "objects.h"
#include "pages.h"
#include "record.h"
#include "semaphores.h"
#include "stack.h"
#include "steer.h"
#include "writer.h"

#include <string.h>

enum { MAX_OTHERS = 1024 };

struct fork_held {
	struct live_hold hold;
	uint32_t thread;		/* 0: the thread that forks */
};

/* The fork under way, or the one that this process was born in and has not come to terms with.  Under the unwinder's
 * lock. */
static struct {
	void *owner;			/* &thread_active of the thread that forks */
	struct thread *thread;
	uint32_t stack;			/* of the call of fork() */
	struct record_fork fact;	/* what the child has to say of it */
	uint32_t n_own, n;		/* holds: of the thread that forks, and of all */
	struct fork_held held[MAX_HOLDS + MAX_OTHERS];
} forking;

static cold void note_holds(const struct thread *t, uint32_t index, uint32_t limit)
{
	uint32_t n = t->slot->n_holds;

	for (uint32_t i = 0; i < n && forking.n < limit; i++)
		forking.held[forking.n++] = (struct fork_held){t->holds[i], index};
}

/* Other threads go on meanwhile: a hold that is just being taken or released may be missed or be old. */
static cold void note_others(const struct thread *t)
{
	for (struct thread *other = threads_all(); other; other = other->next_state)
		if (other != t && other->slot && other->slot->state == SLOT_ALIVE)
			note_holds(other, other->index, MAX_HOLDS + MAX_OTHERS);
}

cold void fork_begins(void)
{
	struct thread *t = thread_active;
	uint32_t stack;

	if (!t)
		return;
	stack = stack_here(t, return_address(), caller_frame());
	thread_enter(t);
	stack_lock();
	forking.owner = &thread_active;
	forking.thread = t;
	forking.stack = stack;
	forking.fact.parent_pid = snag_trace->pid;
	forking.fact.parent_thread = t->index;
	forking.fact.parent_segment = t->segment;
	forking.fact.parent_start_ns = snag_trace->start_monotonic_ns;
	forking.n = 0;
	note_holds(t, 0, MAX_HOLDS);
	forking.n_own = forking.n;
	note_others(t);
}

cold void fork_ends_in_parent(void)
{
	if (forking.owner != &thread_active)
		return;
	forking.owner = NULL;
	record_new_segment(forking.thread);
	stack_unlock();
	thread_leave(forking.thread);
}

cold void fork_ends_in_child(void)
{
	if (shim_state == SHIM_FORKED)
		return;
	shim_state = SHIM_OFF;
	thread_forget();
	if (forking.owner == &thread_active) {
		shim_state = SHIM_FORKED;
		stack_unlock();
	}
	forking.owner = NULL;
	lifetime_stop();
}

/* ---- the child begins ------------------------------------------------------------------------------------------- */

/* Stacks of the parent's trace, kept before it is unmapped: one for each hold, and that of the fork. */
static cold struct record_stack **keep_stacks(void)
{
	const size_t largest = sizeof(struct record_stack) + TRACE_MAX_FRAMES * sizeof(uint64_t);
	struct record_stack **kept = pages_new((forking.n + 1) * (sizeof(*kept) + largest));
	char *at = (char *)(kept + forking.n + 1);

	for (uint32_t i = 0; kept && i <= forking.n; i++, at += largest) {
		const struct record_stack *stack =
			stack_record(i < forking.n ? forking.held[i].hold.stack : forking.stack);

		if (stack)
			kept[i] = memcpy(at, stack, stack->h.units * 8);
	}
	return kept;
}

static cold void forget_parent(void)
{
	writer_reset();
	stacks_reset();
	contexts_reset();
	inside_reset();
	semaphores_forget_places();
	objects_reset();
	record_reset();
	contention_reset();
	birth_reset();
	file_locks_reset();
	live_reset();
	steer_reset();
	threads_reset_in_child(forking.thread);
}

static cold uint32_t copy_kept(struct thread *t, struct record_stack **kept, uint32_t i)
{
	return kept && kept[i] ? stack_copy(t, kept[i]) : 0;
}

/* What it held itself it holds on; what others held nobody can release. */
static cold void inherit(struct thread *t, struct record_stack **kept)
{
	uint32_t fork_stack = copy_kept(t, kept, forking.n);

	for (uint32_t i = 0; i < forking.n; i++) {
		const struct fork_held *held = &forking.held[i];
		uint32_t stack = copy_kept(t, kept, i);

		if (i < forking.n_own)
			record_inherited(t, &held->hold, stack);
		else if (held->hold.kind != OBJECT_FILE_LOCK)
			record_event(t, EVENT_FORK_HELD, object_id(t, held->hold.address, held->hold.kind, stack),
				     fork_stack, held->thread, stack);
	}
}

/* Without a trace of its own, the child is a line in its parent's. */
static cold bool begin_trace(struct thread *t)
{
	struct arena_mapping parent = arena_leave();
	bool is_open = arena_open(TRACE_FORKED);

	if (!is_open)
		__atomic_fetch_add(&parent.header->lost[LOST_CHILD], 1, __ATOMIC_RELAXED);
	arena_unmap(parent);
	if (!is_open)
		return false;
	shim_record_process();
	writer_append(RECORD_FORK, &forking.fact, sizeof(forking.fact), NULL, 0);
	modules_record_again();
	full_open();
	return thread_begin_in_child(t);
}

cold bool fork_begin_child(void)
{
	struct thread *t = forking.thread;
	struct record_stack **kept;

	if (shim_state != SHIM_FORKED)
		return false;
	shim_state = SHIM_OFF;
	kept = keep_stacks();
	forget_parent();
	if (begin_trace(t)) {
		inherit(t, kept);
		shim_state = SHIM_RUNNING;
		thread_open(t);
	}
	return true;
}
