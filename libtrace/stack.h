/* SPDX-License-Identifier: MIT */
/* Call stacks: taken by libunwind, written once each, known by id.  (When one is taken: context.h.)
 *
 * libunwind takes locks of its own and asks for the list of modules.  All unwinding therefore happens under one lock of
 * the shim's, with the guard closed, and fork() takes that lock: in the child libunwind is never caught half-way.
 */
#ifndef SNAG_STACK_H
#define SNAG_STACK_H

#include "thread.h"

/* A stack as it is being taken: return addresses, and where in memory each was found (0 unknown). */
enum { MAX_SMALL = CONTEXT_WORDS - 2 };
struct taken {
	uint32_t n;
	uint32_t is_cut;
	uint32_t n_unwound;		/* how many innermost ones are not known from the last time */
	uint32_t n_small;		/* how many innermost functions, up to MAX_SMALL, are small: they may be wrappers */
	uint32_t n_in_handler;		/* how many innermost ones run in a signal handler, ... */
	uint64_t handler;		/* ... which is this function, 0 unknown, ... */
	uint64_t blocked_before;	/* ... and came where these were blocked: bit N - 1 for signal N, ... */
	bool is_own_signal;		/* ... because the thread sent itself the signal */
	uint32_t n_in_loader;		/* how many run in dlopen() or dlclose(), which are among them */
	uint64_t pc[TRACE_MAX_FRAMES];
	uint64_t place[TRACE_MAX_FRAMES];
};

/* Loads libunwind (privately: its symbols must not get into the program's).  Without it stacks have one frame. */
void stack_init(void);

/* The lock.  Around fork() it holds the unwinder still. */
void stack_lock(void);
void stack_unlock(void);

/* Is the calling thread inside the unwinder? */
bool stack_is_being_taken(void);

/* The stack of the calling thread from the caller of a hook on, whose return address is pc.  Called with the lock. */
void stack_take(const struct thread *t, uint64_t pc, struct taken *taken);

/* The id of a stack, which is written down when it is new; 0: there is no room.  Called with the lock. */
uint32_t stack_intern(uint32_t thread, const uint64_t *pc, uint32_t n, uint32_t is_cut);

/* The record of a stack in the mapping, or NULL. */
const struct record_stack *stack_record(uint32_t id);

/* Writes a copy of a stack of another trace into this one.  Returns its id here. */
uint32_t stack_copy(struct thread *t, const struct record_stack *stack);

/* Learns which library lies at an address.  false: none does. */
bool stack_meet_module(uintptr_t address);

/* Does it lead through code that is no longer there?  Other code may come to lie there.  Called with the lock. */
bool stack_leads_nowhere(uint32_t stack);

/* Has the unwinder forget what it keeps of libraries that were unloaded.  Called with the lock. */
void stack_forget_unloaded(void);

/* Forgets all stacks, for a new trace file. */
void stacks_reset(void);

#endif
