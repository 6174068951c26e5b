/* SPDX-License-Identifier: MIT */
/* Which dependencies are in the trace: their keys, and how many there are of one kind. */
#include "deps.h"

#include "arena.h"
#include "births.h"
#include "inside.h"
#include "objects.h"
#include "record.h"
#include "semaphores.h"
#include "table.h"
#include "words.h"
#include "writer.h"

enum {
	MAX_PER_CONTEXT = 1 << 16,	/* dependencies that differ only in their locks, ... */
	MAX_TOKENS = 1 << 10,		/* ... only in what is signalled, ... */
	MAX_ONE_OF_MANY = 1 << 6,	/* ... for each wait another semaphore: Python makes them */
	MAX_SEGMENTS = 8,		/* ... only in their segments */
	MAX_HELD = 1024,		/* locks held in one */
};

static struct table written;		/* keys of dependencies in the trace -> union times */
static struct table per_context;	/* chain of stacks -> how many were written */

uint64_t deps_thread_key(const struct thread *t)
{
	return mix64(t->is_recorded ? t->index : (uint64_t)t->birth.stack << 32);
}

uint32_t deps_thread_segment(const struct thread *t)
{
	return t->is_recorded ? t->segment : 0;
}

/* ---- what it is made of ------------------------------------------------------------------------------------------ */

/* object_id(), or object_find() while it is not known whether anything is to be written. */
typedef uint32_t naming(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* Is hold `i` of a recursive mutex, or a stream, that was held already? */
static bool is_again(const struct thread *t, uint32_t i)
{
	const struct live_hold *hold = &t->holds[i];

	if (hold->kind != OBJECT_STREAM && (hold->kind != OBJECT_MUTEX || !words_is_recursive(hold->address)))
		return false;
	for (uint32_t k = 0; k < i; k++)
		if (t->holds[k].address == hold->address)
			return true;
	return false;
}

/* The lock of the loader is no hold in the live table: stacks say where it is held. */
static cold bool name_loader(struct thread *t, naming *id_of, uint32_t stack, struct record_held *ret_held)
{
	*ret_held = (struct record_held){
		.object = id_of(t, INSIDE_LOADER_ADDRESS, OBJECT_LOADER, stack),
		.stack = stack,
		.mode = MODE_WRITE,
	};
	return ret_held->object;
}

/* What is held, into t->scratch; a lock held again by its owner counts where it was taken first.  false: an object has no
 * id, for lack of room perhaps.  A dependency that lacks a lock could lack a guard. */
static cold bool name_holds(struct thread *t, naming *id_of, uint32_t loader, uint32_t *ret_n)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < t->slot->n_holds; i++) {
		const struct live_hold *hold = &t->holds[i];
		uint32_t object = id_of(t, hold->address, hold->kind, hold->stack);

		if (!object)
			return false;
		if (is_again(t, i))
			continue;
		if (loader && inside_loader(hold->stack)) {
			if (!name_loader(t, id_of, loader, &t->scratch[n++]))
				return false;
			loader = 0;
		}
		t->scratch[n++] = (struct record_held){
			.object = object,
			.stack = hold->stack,
			.mode = hold->mode & MODE_MASK,
			.flags = hold->mode & MODE_INHERITED ? DEP_INHERITED : 0,
		};
	}
	if (loader && !name_loader(t, id_of, loader, &t->scratch[n++]))
		return false;
	*ret_n = n;
	return true;
}

/* The whole of it, but for its segment. */
static cold bool name_all(struct thread *t, const struct live_want *want, naming *id_of, struct record_dep *fact)
{
	fact->object = id_of(t, want->address, want->kind, want->kind == OBJECT_THREAD ? 0 : want->stack);
	fact->aux = want->aux ? id_of(t, want->aux, OBJECT_MUTEX, want->stack) : 0;
	return fact->object && name_holds(t, id_of, inside_loader(want->stack), &fact->n_held);
}

static cold uint64_t key_of(const struct thread *t, const struct record_dep *fact)
{
	uint64_t key = deps_thread_key(t);

	for (uint32_t i = 0; i < fact->n_held; i++) {
		const struct record_held *held = &t->scratch[i];

		key = mix64(key ^ ((uint64_t)held->object << 32 | held->stack)) + held->mode + held->flags;
	}
	return (mix64(key ^ ((uint64_t)fact->object << 32 | fact->stack)) +
		record_operation(fact->op, fact->mode, fact->flags)) | 1;
}

/* ---- is it news? ------------------------------------------------------------------------------------------------- */

/* In how many segments a dependency was met, and in which one last. */
union times {
	struct {
		uint32_t n, last_segment;
	};
	uint64_t word;
};

/* Was it met in a segment in which it is still to be written?  *ret_flags: DEP_MORE when that is the last time. */
static cold bool is_new_segment(uint64_t *place, uint32_t segment, uint8_t *ret_flags)
{
	union times times = {.word = __atomic_load_n(place, __ATOMIC_ACQUIRE)};

	if (times.n && (times.last_segment == segment || times.n == MAX_SEGMENTS))
		return false;
	times.n++;
	times.last_segment = segment;
	__atomic_store_n(place, times.word, __ATOMIC_RELEASE);
	*ret_flags |= times.n == MAX_SEGMENTS ? DEP_MORE : 0;
	return true;
}

/* That differ only in their locks. */
static cold uint64_t max_of_a_kind(const struct live_want *want, enum dep_op op)
{
	if (want->kind == OBJECT_SEM && semaphore_is_one_of_many((const sem_t *)want->address))
		return MAX_ONE_OF_MANY;
	return op != OP_ACQUIRE || want->kind == OBJECT_SEM ? MAX_TOKENS : MAX_PER_CONTEXT;
}

static cold bool is_one_too_many(const struct thread *t, const struct live_want *want, enum dep_op op)
{
	uint64_t context = mix64(want->stack), *count;
	bool is_new;

	for (uint32_t i = 0; i < t->slot->n_holds; i++)
		context = mix64(context ^ t->holds[i].stack);
	count = table_insert(&per_context, context | 1, &is_new);
	if (count && __atomic_fetch_add(count, 1, __ATOMIC_RELAXED) < max_of_a_kind(want, op))
		return false;
	arena_count_cap(CAP_DEPS_PER_CONTEXT);
	return true;
}

/* ---- writing it -------------------------------------------------------------------------------------------------- */

/* Where its times are counted; NULL when it is not to be written. */
static cold uint64_t *place_of(struct thread *t, const struct live_want *want, struct record_dep *fact)
{
	uint64_t *place = NULL;
	bool is_new;

	if (t->slot->n_holds > MAX_HELD) {
		arena_count_cap(CAP_HOLDS);
		return NULL;
	}
	if (name_all(t, want, object_find, fact))
		place = table_find(&written, key_of(t, fact));
	if (place || is_one_too_many(t, want, fact->op))
		return place;
	return name_all(t, want, object_id, fact) ? table_insert(&written, key_of(t, fact), &is_new) :
								     NULL;
}

cold void deps_write(struct thread *t, const struct live_want *want, enum dep_op op)
{
	struct record_dep fact = {
		.h.thread = t->index,
		.stack = want->stack,
		.segment = t->segment,
		.op = (uint8_t)op,
		.mode = (uint8_t)want->mode,
		.flags = (uint8_t)want->flags,
	};
	uint64_t *place = t->n_ignores ? NULL : place_of(t, want, &fact);

	if (!place || !is_new_segment(place, deps_thread_segment(t), &fact.flags) || !birth_note_late(t))
		return;
	writer_append(RECORD_DEP, &fact, sizeof(fact), t->scratch, fact.n_held * sizeof(*t->scratch));
	snag_on_dependency();
}

exported __attribute__((noinline)) void snag_on_dependency(void)
{
	__asm__ volatile("" ::: "memory");
}

cold void deps_reset(void)
{
	table_clear(&written);
	table_clear(&per_context);
}
