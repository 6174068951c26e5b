/* SPDX-License-Identifier: MIT */
/* Call contexts: they make the taking of stacks rare.
 *
 * A context is a place in the program together with who called it, and a thread keeps those that it met last (struct context,
 * thread.h).  Most have a place of their own there, found by return address and depth, or a second one when another has that.
 * Those that share both - calls of one wrapper, my_lock() - come by different callers: further ones are kept by the return
 * address next above as well, a few for each.
 */
#ifndef SNAG_CONTEXT_H
#define SNAG_CONTEXT_H

#include "stack.h"

#define STACK_NOT_CACHED UINT32_MAX

/* Of a call by this thread.  Never 0. */
static always_inline uint64_t context_hash(uintptr_t pc, uintptr_t frame)
{
	uintptr_t depth = thread_hot.stack_base - frame;

	/* All bits of the depth count: on another stack than the thread's own it is a very large number. */
	return (pc ^ (depth << 36 | depth >> 28)) * 0x9e3779b97f4a7c15u;
}

/* Is it this context, with this hash, when two words are all that it knows?  (Further ones are return addresses: they would not
 * add nothing to the sum.) */
static always_inline bool context_is_short(const struct context *context, uintptr_t frame)
{
	const uint64_t *words = (const uint64_t *)frame;

	return likely(words[context->word[0]] + words[context->word[1]] == context->sum);
}

/* Where in the thread's cache a context has its place: by the uppermost bits of its hash. */
static always_inline struct context *context_place(struct thread *t, uint64_t hash)
{
	const uint64_t mask = (CONTEXT_CACHE - 1) * sizeof(struct context);
	struct context *place = (struct context *)((char *)t->contexts + (hash >> 51 & mask));

	_Static_assert(CONTEXT_CACHE == 1 << 8 && sizeof(struct context) == 1 << 5, "64 - 8 - 5");
	keep(place);
	return place;
}

/* ... and where it is kept when another has that place: by the bits below. */
static always_inline struct context *context_second_place(struct thread *t, uint64_t hash)
{
	return context_place(t, hash << 8);
}

/* Is it this context, whatever it knows? */
static always_inline bool context_is(const struct context *context, uint64_t hash, uintptr_t frame)
{
	const uint64_t *words = (const uint64_t *)frame;
	uint64_t sum;

	if (unlikely(context->hash != hash))
		return false;
	sum = words[context->word[0]] + words[context->word[1]];
	if (likely(sum == context->sum))
		return true;
	if (!context->word[2])
		return false;
#pragma GCC unroll 4
	for (int i = 2; i < CONTEXT_WORDS; i++)
		sum += words[context->word[i]];
	return sum == context->sum;
}

/* The context that shares pc and depth with the `first` that was met, and is another; NULL when the cache does not have it. */
const struct context *context_of_other_caller(struct thread *t, const struct context *first, uintptr_t frame);

/* The context with this hash, when it is not in its first place. */
const struct context *context_elsewhere(struct thread *t, uint64_t hash, uintptr_t frame);

/* The context of a call from pc and frame in this thread, if its cache has it.  Words above `frame` are read only up to the
 * thread's stack base: a context with the same depth was taken on a stack that reached as far. */
static always_inline const struct context *context_cached(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	uint64_t hash = context_hash(pc, frame);
	const struct context *first = context_place(t, hash);

	if (likely(context_is(first, hash, frame)))
		return first;
	return context_elsewhere(t, hash, frame);
}

/* The stack id of a call whose context is not cached.  pc: return address of the wrapped call, frame: its caller_frame(). */
uint32_t context_meet(struct thread *t, uintptr_t pc, uintptr_t frame);
/* ... by the runtime of a language: the functions between it and the program are many, and not all are small. */
uint32_t context_meet_runtime(struct thread *t, uintptr_t pc, uintptr_t frame);

static always_inline uint32_t stack_cached(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	const struct context *context = context_cached(t, pc, frame);

	return likely(context) ? context->stack : STACK_NOT_CACHED;
}

/* ... if no other context shares both with it. */
static always_inline uint32_t stack_at_hand(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	uint64_t hash = context_hash(pc, frame);
	const struct context *context = context_place(t, hash);

	if (unlikely(context->hash != hash))
		context = context_second_place(t, hash);
	return likely(context_is(context, hash, frame)) ? context->stack : STACK_NOT_CACHED;
}

/* The stack id of the call that is being made now. */
static always_inline uint32_t stack_here(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	const struct context *context = context_cached(t, pc, frame);

	if (unlikely(!context))
		return context_meet(t, pc, frame);
	t->here = (struct thread_here){context->hash, context->sum, frame};
	return context->stack;
}

/* The return address of the function in whose frame an address of that thread's stack lies, and where on the stack it is;
 * false when that is not known. */
bool context_find_return(const struct thread *owner, uintptr_t address, uint64_t *ret_place, uint64_t *ret_pc);

/* The thread meets all contexts anew. */
void contexts_forget(struct thread *t);

/* Libraries were unloaded: forgets contexts that lead through them. */
void contexts_forget_gone(struct thread *t);

/* Forgets all contexts, for a new trace file. */
void contexts_reset(void);

#endif
