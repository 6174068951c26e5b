/* SPDX-License-Identifier: MIT */
/* What happens when a dependency is new, a lock is not the newest one held, or something is wrong. */
#include "record.h"

#include "arena.h"
#include "births.h"
#include "contention.h"
#include "deps.h"
#include "files.h"
#include "peek.h"
#include "writer.h"

#include <string.h>

enum { MAX_SEEN_PAGES = 4096 };	/* by which the caches of all threads may grow: 16 MiB */

static struct table long_waits;		/* stacks of a call that took long and of the lock -> it is in the trace */
static struct table released;		/* addresses of locks that somebody else released -> how often not yet noticed */

/* What the thread has done while that was to be ignored is not found again. */
static void chain_rebuild(struct thread *t, uint32_t from)
{
	if (!from)
		t->chain[0] = mix64(deps_thread_key(t) + deps_thread_segment(t)) + (t->n_ignores != 0);
	for (uint32_t i = from; i < t->slot->n_holds; i++)
		t->chain[i + 1] = chain_next(t->chain[i], t->holds[i].address, t->holds[i].stack);
}

static int32_t find_hold(const struct thread *t, uintptr_t address)
{
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (t->holds[i].address == address)
			return (int32_t)i;
	return -1;
}

static cold void remove_hold(struct thread *t, uint32_t i)
{
	uint32_t n = t->slot->n_holds;

	memmove(&t->holds[i], &t->holds[i + 1], (n - i - 1) * sizeof(*t->holds));
	t->slot->n_holds = n - 1;
	full_disagree(t);
	chain_rebuild(t, i);
}

/* ---- dependencies ----------------------------------------------------------------------------------------------- */

/* A once routine that ended by a C++ exception is not seen to end: its once object says so.  Nor is a file lock that went
 * with its file. */
static cold bool is_lost(const struct live_hold *hold)
{
	if (hold->kind == OBJECT_ONCE)
		return !words_once_is_running((const int *)hold->address);
	return hold->kind == OBJECT_FILE_LOCK && !file_lock_is_held(hold->address);
}

static cold void drop_lost(struct thread *t)
{
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (is_lost(&t->holds[i]))
			remove_hold(t, i);
}

/* Where it is found, it changes places with the one that had the place it is looked for in first. */
bool record_is_seen(struct thread *t, uint64_t key)
{
	uint64_t *first = thread_seen(t, key), *set = thread_seen_set(t, key);

	for (int i = 0; i < SEEN_WAYS; i++)
		if (set[i] == key) {
			set[i] = *first;
			*first = key;
			return true;
		}
	return false;
}

/* Many find their first place taken: four times as much, as long as all threads together do not take too much.  What is there
 * stays, where it is found again or not. */
static cold void seen_grow(struct thread *t)
{
	static uint32_t n_pages;
	uint32_t n = (uint32_t)((t->seen_mask + 1) * sizeof(t->seen[0]) / 4096);

	t->n_crowded = 0;
	_Static_assert(SEEN_CACHE == SEEN_FIRST << 6, "it grows by fours");
	if (t->seen_mask + 1 >= SEEN_CACHE || __atomic_load_n(&n_pages, __ATOMIC_RELAXED) >= MAX_SEEN_PAGES)
		return;
	__atomic_fetch_add(&n_pages, 3 * n, __ATOMIC_RELAXED);
	t->seen_mask = t->seen_mask << 2 | 3;
}

static void note_seen(struct thread *t, uint64_t key)
{
	uint64_t *first = thread_seen(t, key), *set = thread_seen_set(t, key), other = key % SEEN_WAYS;

	for (int i = 0; i < SEEN_WAYS && set[other]; i++)
		other = (other + 1) % SEEN_WAYS;
	if (*first && ++t->n_crowded > t->seen_mask / 16)
		seen_grow(t);
	set[other] = *first;
	*first = key;
}

/* Taking a lock again that one holds is no order between two locks; but a reader may come to wait behind a writer. */
static cold bool is_no_order(const struct thread *t, const struct live_want *want)
{
	return find_hold(t, want->address) >= 0 &&
	       !(words_wait_flags(want->address, want->kind, want->mode, t->slot->tid) & DEP_BEHIND_WRITERS);
}

cold void record_new_dependency(struct thread *t, const struct live_want *want, enum dep_op op)
{
	thread_enter(t);
	drop_lost(t);
	if (op != OP_ACQUIRE || !is_no_order(t, want))
		deps_write(t, want, op);
	thread_leave(t);
}

void record_want(struct thread *t, const struct live_want *want, enum dep_op op)
{
	uint64_t key;

	if (__atomic_load_n(&t->is_to_look, __ATOMIC_RELAXED))
		record_refresh(t);
	if (!t->slot->n_holds)
		return;
	key = chain_next(t->chain[t->slot->n_holds], want->address, want->stack) +
	      record_operation(op, want->mode, want->flags);
	if (!record_is_seen(t, key)) {
		record_new_dependency(t, want, op);
		note_seen(t, key);
	}
}

/* ---- locks that were taken or released in an unusual way -------------------------------------------------------- */

static cold bool has_room(struct thread *t)
{
	bool has_grown;

	if (likely(t->slot->n_holds < t->slot->holds_capacity))
		return true;
	thread_enter(t);
	has_grown = live_holds_grow(t);
	thread_leave(t);
	return has_grown;
}

static void add_hold(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack)
{
	struct record_place place;

	if (!has_room(t))
		return;
	place = record_place(t);
	record_push(t, &place, stack, address, kind, mode, chain_next(place.chain[0], address, stack));
}

void record_acquired(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t stack)
{
	add_hold(t, address, kind, mode, stack);
	full_acquired(t, address, kind, mode, stack, 0);
}

void record_acquired_by_try(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
			    uint32_t stack)
{
	add_hold(t, address, kind, mode, stack);
	full_acquired(t, address, kind, mode, stack, FULL_TRIED);
}

/* The thread whose books say that it holds it, and which hold that is. */
static cold struct thread *find_holder(uintptr_t address, int32_t *ret_i)
{
	for (struct thread *t = threads_all(); t; t = t->next_state) {
		*ret_i = t->slot ? find_hold(t, address) : -1;
		if (*ret_i >= 0)
			return t;
	}
	return NULL;
}

/* An event about a lock that another thread holds, or nobody.  Returns whether our books know that hold. */
static cold bool record_stranger(struct thread *t, enum event_kind event, uintptr_t address, enum object_kind kind,
				 uint32_t stack)
{
	int32_t i;
	struct thread *holder = find_holder(address, &i);
	uint32_t held_stack = holder ? holder->holds[i].stack : 0;

	record_event(t, event, object_id(t, address, kind, held_stack ? held_stack : stack), stack,
		     holder ? holder->index : 0, held_stack);
	return holder;
}

cold void record_destroy_held(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	record_stranger(t, EVENT_DESTROY_HELD, address, kind, stack);
}

/* Once from each place. */
static cold void record_long_wait(struct thread *t, enum event_kind event, uint32_t object, uint32_t stack, uint32_t other,
				  uint32_t held_stack)
{
	bool is_new;

	if (table_insert(&long_waits, mix64((uint64_t)stack << 32 | held_stack) | 1, &is_new) && is_new)
		record_event(t, event, object, stack, other, held_stack);
}

cold void record_held_across(struct thread *t, const struct live_hold *hold, uint32_t stack)
{
	thread_enter(t);
	record_long_wait(t, EVENT_HELD_ACROSS, object_id(t, hold->address, hold->kind, hold->stack), stack, 0, hold->stack);
	thread_leave(t);
}

cold void record_loop_waited(struct thread *t, const struct live_want *want, uint32_t owner, uint32_t held_stack)
{
	thread_enter(t);
	record_long_wait(t, EVENT_LOOP_WAITED, object_id(t, want->address, want->kind, want->stack), want->stack, owner,
			 held_stack);
	thread_leave(t);
}

/* Of a robust mutex others are told.  The memory may have gone in a way that is not seen. */
static cold bool is_left_to_others(const struct live_hold *hold)
{
	uint32_t flags = 0;
	char first;

	if (!(hold->mode & MODE_INHERITED) && peek(hold->address, sizeof(first), &first))
		flags = words_flags(hold->address, hold->kind);
	return (flags & OBJECT_PROCESS_SHARED) && !(flags & OBJECT_ROBUST);
}

cold void record_abandoned(struct thread *t)
{
	record_refresh(t);
	for (struct thread *owner = threads_all(); owner; owner = owner->next_state)
		for (uint32_t i = 0; owner->slot && i < owner->slot->n_holds; i++) {
			const struct live_hold *hold = &owner->holds[i];

			if (is_left_to_others(hold))
				record_event(t, EVENT_ABANDONED, object_id(t, hold->address, hold->kind, hold->stack), 0,
					     owner->index, hold->stack);
		}
}

static cold void record_unlock_not_owner(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	thread_enter(t);
	full_released(t, address, kind);
	if (record_stranger(t, EVENT_UNLOCK_NOT_OWNER, address, kind, stack))
		record_released_by_other(address);
	thread_leave(t);
}

/* Takes the books' word, not the memory's, which may be something else by now. */
cold void record_freed(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack, bool may_be_held)
{
	int32_t i = find_hold(t, address);
	struct thread *holder = i >= 0 ? t : may_be_held ? find_holder(address, &i) : NULL;
	bool has_ended = holder && holder->slot->state == SLOT_ENDED;

	if (holder && !has_ended && (kind == OBJECT_MUTEX || kind == OBJECT_RWLOCK || kind == OBJECT_SPIN))
		record_stranger(t, EVENT_DESTROY_HELD, address, kind, stack);
	if (holder == t || has_ended)
		record_released_own(holder, address);
	else if (holder)
		record_released_by_other(address);
}

/* A lock that our books do not know to be the thread's: may it be its own all the same?  Taken before the shim was there,
 * perhaps, or past one of its limits. */
static cold bool may_be_own(const struct thread *t, uintptr_t address, enum object_kind kind)
{
	uint32_t owner = words_owner(address, kind);
	int32_t i;

	switch (kind) {
	case OBJECT_MUTEX:
		return owner == t->slot->tid || words_refuses_strangers(address);
	case OBJECT_RWLOCK:	/* its words do not say who reads */
		return owner == t->slot->tid || !owner;
	default:
		return !find_holder(address, &i);
	}
}

bool record_released_own(struct thread *t, uintptr_t address)
{
	int32_t i = find_hold(t, address);

	if (i < 0)
		return false;
	if (unlikely(t->holds[i].timed))
		contention_released(t, &t->holds[i]);
	remove_hold(t, (uint32_t)i);
	return true;
}

bool record_released(struct thread *t, uintptr_t address, enum object_kind kind, uintptr_t pc, uintptr_t frame)
{
	if (record_released_own(t, address)) {
		full_released(t, address, kind);
		return true;
	}
	if (!may_be_own(t, address, kind))
		record_unlock_not_owner(t, address, kind, stack_here(t, pc, frame));
	return false;
}

cold void record_released_by_other(uintptr_t address)
{
	bool is_new;
	uint64_t *count = table_insert(&released, address, &is_new);

	if (count)
		__atomic_fetch_add(count, 1, __ATOMIC_RELEASE);
	for (struct thread *t = threads_all(); t; t = t->next_state)
		__atomic_store_n(&t->is_to_look, true, __ATOMIC_RELEASE);
}

/* Was the lock released by somebody else?  Takes notice of it once. */
static cold bool take_notice(uintptr_t address)
{
	uint64_t *count = table_find(&released, address);
	uint64_t n = count ? __atomic_load_n(count, __ATOMIC_ACQUIRE) : 0;

	while (n && !__atomic_compare_exchange_n(count, &n, n - 1, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		;
	return n != 0;
}

cold void record_refresh(struct thread *t)
{
	__atomic_store_n(&t->is_to_look, false, __ATOMIC_SEQ_CST);
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (take_notice(t->holds[i].address))
			remove_hold(t, i);
	chain_rebuild(t, 0);
}

cold void record_known_as(struct thread *t)
{
	chain_rebuild(t, 0);
}

void record_new_segment(struct thread *t)
{
	t->slot->segment = ++t->segment;
	t->made = 0;
	chain_rebuild(t, 0);
	full_segment(t);
}

cold void record_begin(struct thread *t)
{
	t->slot->n_holds = 0;
	full_begin_thread(t);
	chain_rebuild(t, 0);
}

cold void record_reset(void)
{
	deps_reset();
	table_clear(&released);
	table_clear(&long_waits);
}

cold void record_inherited(struct thread *t, const struct live_hold *hold, uint32_t stack)
{
	uint32_t n = t->slot->n_holds;

	record_acquired(t, hold->address, hold->kind, hold->mode, stack);
	if (t->slot->n_holds > n)
		t->holds[n].mode |= MODE_INHERITED;
}

cold void record_event(struct thread *t, enum event_kind kind, uint32_t object, uint32_t stack, uint32_t other,
		       uint32_t held_stack)
{
	struct record_event fact = {
		.h.thread = t->index,
		.kind = kind,
		.object = object,
		.stack = stack,
		.other = other,
		.segment = t->segment,
		.held_stack = held_stack,
	};

	if (!t->n_ignores && birth_note_late(t))
		writer_append(RECORD_EVENT, &fact, sizeof(fact), NULL, 0);
}
