/* SPDX-License-Identifier: MIT */
/* Call contexts: those that any thread has met, and what happens when one is met for the first time. */
#include "context.h"

#include "arena.h"
#include "inside.h"
#include "machine.h"
#include "modules.h"
#include "pages.h"
#include "table.h"

#include <string.h>

enum {
	CONTEXTS_PER_BLOCK = 1 << 12,
	CONTEXT_BLOCKS = 16,
	MAX_CONTEXTS = CONTEXT_BLOCKS * CONTEXTS_PER_BLOCK,
	MAX_SAME_PLACE = 1024,		/* contexts with one pc and one depth that are told apart */
	MAX_PLACES = 24,		/* frames of a context whose place on the stack is kept */
};

struct known_context {
	struct context context;
	uint32_t next;			/* the next with the same key_by_caller() */
	uint32_t n_same;		/* of the first with a hash: how many have it */
	uint16_t place[MAX_PLACES];	/* where frame i's pc lies, in words above the caller's frame; 0 unknown */
};

/* Read without a lock; changed under that of the unwinder. */
static struct known_context *blocks[CONTEXT_BLOCKS];	/* context i, from 1, is in block i / CONTEXTS_PER_BLOCK */
static uint32_t n_contexts;
static struct table first_of;		/* hash -> the first context that had it */
static struct table newest_of;		/* key_by_caller() -> the newest of its contexts */
static struct table exactly;		/* key_exactly() -> the context */

static struct known_context *context_at(uint32_t i)
{
	return &blocks[i / CONTEXTS_PER_BLOCK][i % CONTEXTS_PER_BLOCK];
}

static cold struct known_context *context_new(void)
{
	struct known_context **block = &blocks[(n_contexts + 1) / CONTEXTS_PER_BLOCK];

	if (!*block)
		*block = pages_new(CONTEXTS_PER_BLOCK * sizeof(**block));
	return *block ? context_at(++n_contexts) : NULL;
}

/* Of the contexts that share pc and depth, those with the same return address next above.  Where that lies depends on the
 * function that pc is in: one context of them tells it for all. */
static uint64_t key_by_caller(uint64_t hash, const struct context *first, uintptr_t frame)
{
	return mix64(hash ^ ((const uint64_t *)frame)[first->word[0]]) | 1;
}

static uint64_t key_exactly(uint64_t hash, uint64_t sum)
{
	return mix64(hash ^ mix64(sum)) | 1;
}

static uint32_t look_up(const struct table *table, uint64_t key)
{
	const uint64_t *i = table_find(table, key);

	return i ? (uint32_t)__atomic_load_n(i, __ATOMIC_ACQUIRE) : 0;
}

/* Looks for a context among all that were met, by any thread; *ret_first is one with the same pc and depth, or 0. */
static cold const struct context *find(uint64_t hash, uintptr_t frame, uint32_t *ret_first)
{
	uint32_t i = *ret_first = look_up(&first_of, hash);

	if (!i)
		return NULL;
	i = look_up(&newest_of, key_by_caller(hash, &context_at(i)->context, frame));
	for (; i; i = context_at(i)->next)
		if (context_is(&context_at(i)->context, hash, frame))
			return &context_at(i)->context;
	return NULL;
}

/* ---- a new one -------------------------------------------------------------------------------------------------- */

/* The words that tell this context from others with the same pc and depth: where the next `wanted` return addresses lie.
 * `readable` is how far above the frame one may read; on a stack that is not the thread's own (a coroutine's) that is not
 * known. */
static cold void set_words(struct context *context, const struct taken *taken, uint32_t wanted, uintptr_t frame,
			   size_t readable)
{
	uint32_t n = 0, used;

	for (uint32_t i = 1; i < taken->n && n < wanted; i++) {
		uint64_t place = taken->place[i];

		if (place <= frame || place - frame >= readable || (place - frame) / 8 > INT16_MAX)
			break;
		context->word[n++] = (int16_t)((place - frame) / 8);
	}
	/* Further words are all there, or none is. */
	used = n > 2 ? CONTEXT_WORDS : 2;
	for (uint32_t i = n; i < used; i++)
		context->word[i] = OWN_WORD;
	for (uint32_t i = 0; i < used; i++)
		context->sum += ((const uint64_t *)frame)[context->word[i]];
}

static cold void set_places(struct known_context *known, const struct taken *taken, uintptr_t frame)
{
	for (uint32_t i = 1; i < taken->n && i < MAX_PLACES; i++) {
		uint64_t place = taken->place[i];

		known->place[i] = place > frame && (place - frame) / 8 <= UINT16_MAX ? (place - frame) / 8 : 0;
	}
}

static cold void publish(struct table *table, uint64_t key, uint32_t i)
{
	bool is_new;
	uint64_t *place = table_insert(table, key, &is_new);

	if (place)
		__atomic_store_n(place, i, __ATOMIC_RELEASE);
}

static cold void add(const struct context *context, const struct taken *taken, uintptr_t frame, uint32_t first)
{
	struct known_context *known = context_new();
	uint32_t i = n_contexts;
	uint64_t key;

	if (!known)
		return;
	known->context = *context;
	set_places(known, taken, frame);
	if (!first)
		publish(&first_of, context->hash, first = i);
	context_at(first)->n_same++;
	key = key_by_caller(context->hash, &context_at(first)->context, frame);
	known->next = look_up(&newest_of, key);
	publish(&newest_of, key, i);
	publish(&exactly, key_exactly(context->hash, context->sum), i);
}

/* Called with the lock. */
static cold void take(struct thread *t, uintptr_t pc, uintptr_t frame, bool is_runtime, uint32_t first,
		      struct context *context)
{
	static struct taken taken;
	uintptr_t depth = t->stack_base - frame;

	stack_take(t, pc, &taken);
	context->stack = stack_intern(t->index, taken.pc, taken.n, taken.is_cut);
	inside_note(t, context->stack, &taken);
	set_words(context, &taken, is_runtime ? CONTEXT_WORDS : taken.n_small + 2, frame,
		  depth < t->stack_size ? depth : 0);
	add(context, &taken, frame, first);
}

/* ---- the thread's cache ----------------------------------------------------------------------------------------- */

static struct context *callers_set(struct thread *t, const struct context *first, uintptr_t frame)
{
	uint64_t caller = ((const uint64_t *)frame)[first->word[0]];

	return t->callers[mix64(first->hash ^ caller) >> 32 & (CALLER_SETS - 1)];
}

const struct context *context_of_other_caller(struct thread *t, const struct context *first, uintptr_t frame)
{
	const struct context *set = callers_set(t, first, frame);

	for (int i = 0; i < CALLER_WAYS; i++)
		if (context_is(&set[i], first->hash, frame))
			return &set[i];
	return NULL;
}

const struct context *context_elsewhere(struct thread *t, uint64_t hash, uintptr_t frame)
{
	const struct context *first = context_place(t, hash);

	if (first->hash != hash) {
		first = context_second_place(t, hash);
		if (context_is(first, hash, frame))
			return first;
	}
	return first->hash == hash ? context_of_other_caller(t, first, frame) : NULL;
}

static cold void cache(struct thread *t, const struct context *context, uintptr_t frame)
{
	struct context *place = context_place(t, context->hash);

	if (place->hash && place->hash != context->hash)
		place = context_second_place(t, context->hash);
	if (place->hash == context->hash) {
		place = callers_set(t, place, frame);
		memmove(place + 1, place, (CALLER_WAYS - 1) * sizeof(*place));
		t->has_callers = true;
	} else {
		t->filled[(place - t->contexts) / 64] |= 1ull << (place - t->contexts) % 64;
	}
	*place = *context;
}

/* What to do about the first context of a place that has too many: its stack is right in its innermost frame. */
static cold uint32_t stand_in(struct thread *t, uintptr_t pc, uint32_t first)
{
	arena_count_cap(CAP_CONTEXTS);
	return first ? context_at(first)->context.stack : stack_intern(t->index, &(uint64_t){pc}, 1, true);
}

/* Of a context that no thread had met a moment ago.  Called with the lock.  false: *context is not complete. */
static cold bool meet_first(struct thread *t, uintptr_t pc, uintptr_t frame, bool is_runtime, struct context *context)
{
	uint32_t first;
	const struct context *found = find(context->hash, frame, &first);

	if (found) {
		*context = *found;
		return true;
	}
	if ((first && context_at(first)->n_same >= MAX_SAME_PLACE) || n_contexts + 1 >= MAX_CONTEXTS) {
		context->stack = stand_in(t, pc, first);
		return false;
	}
	take(t, pc, frame, is_runtime, first, context);
	return true;
}

static cold uint32_t meet(struct thread *t, uintptr_t pc, uintptr_t frame, bool is_runtime)
{
	struct context context = {.hash = context_hash(pc, frame)};
	const struct context *found;
	bool is_complete = true;
	uint32_t first;

	thread_enter(t);
	found = find(context.hash, frame, &first);
	if (found) {
		context = *found;
	} else {
		stack_lock();
		is_complete = meet_first(t, pc, frame, is_runtime, &context);
		stack_unlock();
	}
	if (is_complete) {
		cache(t, &context, frame);
		t->here = (struct thread_here){context.hash, context.sum, frame};
	}
	thread_leave(t);
	return context.stack;
}

cold uint32_t context_meet(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	return meet(t, pc, frame, false);
}

cold uint32_t context_meet_runtime(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	return meet(t, pc, frame, true);
}

/* ---- whose frame is it? ----------------------------------------------------------------------------------------- */

static cold const struct known_context *find_exactly(const struct thread_here *here)
{
	uint32_t i = look_up(&exactly, key_exactly(here->hash, here->sum));

	return i ? context_at(i) : NULL;
}

cold bool context_find_return(const struct thread *owner, uintptr_t address, uint64_t *ret_place, uint64_t *ret_pc)
{
	const struct thread_here here = owner->here;
	const struct known_context *known = here.hash && address >= here.frame ? find_exactly(&here) : NULL;
	const struct record_stack *stack = known ? stack_record(known->context.stack) : NULL;

	for (uint32_t i = 1; stack && i < stack->n && i < MAX_PLACES; i++) {
		uintptr_t place = here.frame + known->place[i] * sizeof(uint64_t);

		if (place <= address)
			continue;
		*ret_place = place;
		*ret_pc = stack->pc[i];
		return place < owner->stack_base && *(const uint64_t *)place == stack->pc[i];
	}
	return false;
}

/* ---- forgetting ------------------------------------------------------------------------------------------------- */

cold void contexts_forget(struct thread *t)
{
	/* Most threads have met a few: to wipe all places would be a quarter of what a thread costs that does nothing. */
	for (uint32_t i = 0; i < CONTEXT_CACHE / 64; t->filled[i++] = 0)
		for (uint64_t left = t->filled[i]; left; left &= left - 1)
			t->contexts[i * 64 + (uint32_t)__builtin_ctzll(left)].hash = 0;
	if (t->has_callers)
		memset(t->callers, 0, sizeof(t->callers));
	t->has_callers = false;
}

cold void contexts_reset(void)
{
	table_clear(&first_of);
	table_clear(&newest_of);
	table_clear(&exactly);
	for (int i = 0; i < CONTEXT_BLOCKS; i++) {
		pages_free(blocks[i], CONTEXTS_PER_BLOCK * sizeof(struct known_context));
		blocks[i] = NULL;
	}
	n_contexts = 0;
	for (struct thread *t = threads_all(); t; t = t->next_state)
		contexts_forget(t);
}

/* One store wipes a context, in another thread's cache too: code that is unloaded is not being called. */
static cold void forget_if_gone(struct context *context)
{
	if (context->hash && stack_leads_nowhere(context->stack))
		__atomic_store_n(&context->hash, 0, __ATOMIC_RELAXED);
}

cold void contexts_forget_gone(struct thread *t)
{
	thread_enter(t);
	stack_lock();
	if (modules_forget_gone(t)) {
		for (uint32_t i = 1; i <= n_contexts; i++)
			forget_if_gone(&context_at(i)->context);
		for (struct thread *other = threads_all(); other; other = other->next_state) {
			for (int i = 0; i < CONTEXT_CACHE; i++)
				forget_if_gone(&other->contexts[i]);
			for (int i = 0; other->has_callers && i < CALLER_SETS * CALLER_WAYS; i++)
				forget_if_gone(&other->callers[i / CALLER_WAYS][i % CALLER_WAYS]);
		}
		stack_forget_unloaded();
	}
	stack_unlock();
	thread_leave(t);
}
