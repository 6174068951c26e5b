/* SPDX-License-Identifier: MIT */
/* Call stacks: taken by libunwind, written once each, known by id; and the contexts that make taking one rare.
 *
 * libunwind takes locks of its own and asks for the list of modules.  All unwinding therefore happens under one lock of
 * the shim's, with the guard closed, and fork() takes that lock: in the child libunwind is never caught half-way.
 */
#ifndef SNAG_STACK_H
#define SNAG_STACK_H

#include "thread.h"

#define STACK_NOT_CACHED UINT32_MAX

/* Loads libunwind (privately: its symbols must not get into the program's).  Without it stacks have one frame. */
void stack_init(void);

/* Before and after fork(): holds the unwinder still. */
void stack_fork_begin(void);
void stack_fork_end(void);

/* Is the calling thread inside the unwinder? */
bool stack_is_being_taken(void);

/* Forgets all stacks and contexts, for a new trace file. */
void stacks_reset(void);

/* Libraries were unloaded: forgets contexts that lead through them. */
void stacks_forget_gone(struct thread *t);

/* The return address of the function in whose frame an address of that thread's stack lies, and where on the stack it is;
 * false when that is not known. */
bool stack_find_return(const struct thread *owner, uintptr_t address, uint64_t *ret_place, uint64_t *ret_pc);

/* Learns which library lies at an address.  false: none does. */
bool stack_meet_module(uintptr_t address);

/* The record of a stack in the mapping, or NULL. */
const struct record_stack *stack_record(uint32_t id);

/* Writes a copy of a stack of another trace into this one.  Returns its id here. */
uint32_t stack_copy(struct thread *t, const struct record_stack *stack);

/* The stack of a call that no cache knows.  pc: return address of the wrapped call, frame: its caller_frame(). */
uint32_t stack_of_new_context(struct thread *t, uintptr_t pc, uintptr_t frame);

/* Of a call by this thread.  Never 0. */
static always_inline uint64_t context_hash(uintptr_t pc, uintptr_t frame)
{
	uintptr_t depth = thread_hot.stack_base - frame;

	/* All bits of the depth count: on another stack than the thread's own it is a very large number. */
	return (pc ^ (depth << 36 | depth >> 28)) * 0x9e3779b97f4a7c15u;
}

/* Is it this context, when two words are all that it knows?  (Further ones are return addresses: they would not add nothing to
 * the sum.) */
static always_inline bool context_is_short(const struct context *context, uint64_t hash, uintptr_t frame)
{
	const uint64_t *words = (const uint64_t *)frame;

	if (unlikely(context->hash != hash))
		return false;
	return likely(words[context->word[0]] + words[context->word[1]] == context->sum);
}

static inline bool context_is(const struct context *context, uint64_t hash, uintptr_t frame)
{
	const uint64_t *words = (const uint64_t *)frame;
	uint64_t sum = 0;

	if (context->hash != hash)
		return false;
	for (int i = 0; i < CONTEXT_WORDS && (i < 2 || context->word[i]); i++)
		sum += words[context->word[i]];
	return sum == context->sum;
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

/* The stack id of a call from pc and frame in this thread, if its cache knows the context; else STACK_NOT_CACHED.  Words
 * above `frame` are read only up to the thread's stack base: a context with the same depth was taken on a stack that reached
 * as far. */
static always_inline uint32_t stack_cached(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	uint64_t hash = context_hash(pc, frame);
	const struct context *context = context_place(t, hash);

	return likely(context_is(context, hash, frame)) ? context->stack : STACK_NOT_CACHED;
}

/* The stack id of the call that is being made now. */
static always_inline uint32_t stack_here(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	uint64_t hash = context_hash(pc, frame);
	const struct context *context = context_place(t, hash);

	if (unlikely(!context_is(context, hash, frame)))
		return stack_of_new_context(t, pc, frame);
	t->here = (struct thread_here){context->hash, context->sum, frame};
	return context->stack;
}

#endif
