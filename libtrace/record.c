/* SPDX-License-Identifier: MIT */
/* What happens when a dependency is new, a lock is not the newest one held, or something is wrong. */
#include "record.h"

#include "arena.h"
#include "writer.h"

#include <string.h>

enum { MAX_PER_CONTEXT = 1 << 16 };	/* dependencies that differ only in their locks */

static struct table written;		/* keys of dependencies in the trace */
static struct table per_context;	/* chain of stacks -> how many were written */
static struct table released;		/* addresses of locks that somebody else released -> how often not yet noticed */

static uint64_t thread_key(const struct thread *t)
{
	return mix64((uint64_t)t->index << 32 | t->segment);
}

/* The epoch is in the chain: when it moves, nothing that the thread has seen is found again. */
static void chain_rebuild(struct thread *t, uint32_t from)
{
	t->chain[0] = mix64(thread_key(t) + t->epoch);
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
	chain_rebuild(t, i);
}

/* ---- dependencies ----------------------------------------------------------------------------------------------- */

static cold uint64_t resolve_holds(struct thread *t, uint64_t *ret_context)
{
	uint64_t key = thread_key(t), context = 1;

	for (uint32_t i = 0; i < t->slot->n_holds; i++) {
		const struct live_hold *hold = &t->holds[i];
		uint32_t object = object_id(t, hold->address, hold->kind, hold->stack);

		t->scratch[i] = (struct record_held){
			.object = object,
			.stack = hold->stack,
			.mode = hold->mode & 0x7f,
			.flags = hold->mode & 0x80 ? DEP_INHERITED : 0,
		};
		key = mix64(key ^ ((uint64_t)object << 32 | hold->stack)) + hold->mode;
		context = mix64(context ^ hold->stack);
	}
	*ret_context = context;
	return key;
}

/* Is this dependency to be written: new, and one of not too many of its kind? */
static cold bool is_news(uint64_t key, uint64_t context)
{
	uint64_t *count;
	bool is_new;

	if (table_find(&written, key | 1))
		return false;
	count = table_insert(&per_context, context | 1, &is_new);
	if (!count || __atomic_fetch_add(count, 1, __ATOMIC_RELAXED) >= MAX_PER_CONTEXT) {
		arena_count_cap(CAP_DEPS_PER_CONTEXT);
		return false;
	}
	return table_insert(&written, key | 1, &is_new) && is_new;
}

static cold void write_dependency(struct thread *t, const struct live_want *want, enum dep_op op)
{
	uint64_t context, key = resolve_holds(t, &context);
	struct record_dep fact = {
		.h.thread = t->index,
		.object = want->kind == OBJECT_THREAD ? object_of_thread(t, (uint32_t)want->address) :
							object_id(t, want->address, want->kind, want->stack),
		.stack = want->stack,
		.segment = t->segment,
		.op = (uint8_t)op,
		.mode = (uint8_t)want->mode,
		.flags = (uint8_t)want->flags,
		.n_held = t->slot->n_holds,
		.aux = want->aux ? object_id(t, want->aux, OBJECT_MUTEX, want->stack) : 0,
	};

	key = mix64(key ^ ((uint64_t)fact.object << 32 | fact.stack)) + ((uint64_t)op << 16 | want->mode << 8 | want->flags);
	context = mix64(context ^ fact.stack);
	if (is_news(key, context))
		writer_append(RECORD_DEP, &fact, sizeof(fact), t->scratch, fact.n_held * sizeof(*t->scratch));
}

/* Taking a lock again that one holds is no order between two locks. */
cold void record_dependency(struct thread *t, const struct live_want *want, enum dep_op op, uint64_t key)
{
	thread_enter(t);
	if (op != OP_ACQUIRE || find_hold(t, want->address) < 0)
		write_dependency(t, want, op);
	t->seen[key >> 53] = key;
	thread_leave(t);
}

/* ---- locks that were taken or released in an unusual way -------------------------------------------------------- */

cold void record_acquired_again(struct thread *t, uintptr_t address, enum object_kind kind, enum object_mode mode,
				uint32_t stack)
{
	int32_t i = find_hold(t, address);
	bool has_room;

	if (i >= 0 && t->holds[i].kind == kind) {
		t->holds[i].count++;
		return;
	}
	if (t->slot->n_holds == t->slot->holds_capacity) {
		thread_enter(t);
		has_room = live_holds_grow(t);
		thread_leave(t);
		if (!has_room)
			return;
	}
	i = (int32_t)t->slot->n_holds;
	t->holds[i] = (struct live_hold){address, stack, (uint8_t)kind, (uint8_t)mode, 0};
	t->chain[i + 1] = chain_next(t->chain[i], address, stack);
	t->slot->n_holds++;
}

/* An event about a mutex that the thread with owner_tid holds.  Returns whether our books know that hold. */
static cold bool record_stranger(struct thread *t, enum event_kind kind, uintptr_t address, uint32_t owner_tid,
				 uint32_t stack)
{
	struct thread *owner = thread_by_tid(owner_tid);
	int32_t i = owner ? find_hold(owner, address) : -1;
	uint32_t held_stack = i >= 0 ? owner->holds[i].stack : 0;

	record_event(t, kind, object_id(t, address, OBJECT_MUTEX, held_stack ? held_stack : stack), stack,
		     owner ? owner->index : 0, held_stack);
	return i >= 0;
}

cold void record_destroy_held(struct thread *t, uintptr_t address, uint32_t owner_tid, uint32_t stack)
{
	record_stranger(t, EVENT_DESTROY_HELD, address, owner_tid, stack);
}

/* The mutex is another thread's, or nobody's. */
static cold void record_unlock_not_owner(struct thread *t, uintptr_t address, uint32_t owner_tid, uint32_t stack)
{
	thread_enter(t);
	if (record_stranger(t, EVENT_UNLOCK_NOT_OWNER, address, owner_tid, stack))
		record_released_by_other(address);
	thread_leave(t);
}

/* A lock that is not the newest, is held more than once, or is not known to be held. */
cold bool record_released_other(struct thread *t, uintptr_t address, uintptr_t pc, uintptr_t frame,
				struct live_hold *ret_hold)
{
	int32_t i = find_hold(t, address);
	uint32_t owner;

	if (i >= 0) {
		*ret_hold = t->holds[i];
		if (t->holds[i].count)
			t->holds[i].count--;
		else
			remove_hold(t, (uint32_t)i);
		return true;
	}
	owner = words_mutex_owner(address);
	/* One's own, but unknown here: taken before the shim was there, or past one of its limits. */
	if (owner != t->slot->tid && !words_refuses_strangers(address))
		record_unlock_not_owner(t, address, owner, stack_here(t, pc, frame));
	return false;
}

cold void record_released_by_other(uintptr_t address)
{
	bool is_new;
	uint64_t *count = table_insert(&released, address, &is_new);

	if (count)
		__atomic_fetch_add(count, 1, __ATOMIC_RELEASE);
	__atomic_fetch_add(&objects_epoch, 1, __ATOMIC_RELEASE);
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

/* objects_epoch has moved: holds may be stale, and addresses may be other objects now. */
cold void record_refresh(struct thread *t)
{
	t->epoch = __atomic_load_n(&objects_epoch, __ATOMIC_ACQUIRE);
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (take_notice(t->holds[i].address))
			remove_hold(t, i);
	chain_rebuild(t, 0);
}

void record_new_segment(struct thread *t)
{
	t->slot->segment = ++t->segment;
	chain_rebuild(t, 0);
}

cold void record_begin(struct thread *t)
{
	t->slot->n_holds = 0;
	t->epoch = __atomic_load_n(&objects_epoch, __ATOMIC_ACQUIRE);
	chain_rebuild(t, 0);
}

cold void record_reset(void)
{
	table_clear(&written);
	table_clear(&per_context);
	table_clear(&released);
}

cold void record_inherited(struct thread *t, const struct live_hold *hold, uint32_t stack)
{
	uint32_t n = t->slot->n_holds;

	if (n == t->slot->holds_capacity && !live_holds_grow(t))
		return;
	t->holds[n] = *hold;
	t->holds[n].stack = stack;
	t->holds[n].mode |= 0x80;
	t->chain[n + 1] = chain_next(t->chain[n], hold->address, stack);
	t->slot->n_holds = n + 1;
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

	writer_append(RECORD_EVENT, &fact, sizeof(fact), NULL, 0);
}
