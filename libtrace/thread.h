/* SPDX-License-Identifier: MIT */
/* One thread's state: its guard, its slot in the live table, its caches.
 *
 * The guard is the pointer itself.  thread_active is the thread's state while the shim may record, and NULL while it
 * may not: before the constructor, inside the shim (a signal handler that interrupted it sees NULL), after the thread's
 * end.  A hook on its hot path only looks; cold paths take the pointer away with thread_enter() and hand it back with
 * thread_leave(), and every function that touches shared state asks for the pointer as a proof.
 */
#ifndef SNAG_THREAD_H
#define SNAG_THREAD_H

#include "compiler.h"
#include "trace_format.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CONTEXT_CACHE = 256,		/* call contexts a thread finds at once */
	CONTEXT_CHECKS = 4,		/* return addresses above the caller that are compared */
	SEEN_CACHE = 2048,		/* dependencies a thread knows to be recorded */
};

/* A call context: a place in the program together with who called it.  `frame` is the depth of the stack at the call;
 * above it, the words that held the next return addresses must hold them again.  So a wrapper function
 * (my_lock, std::mutex::lock) is told apart by its callers without an unwinder. */
struct context {
	uint64_t pc;			/* return address of the wrapped call; 0: free */
	uint64_t depth;			/* stack base - stack pointer */
	uint32_t stack;			/* stack id */
	uint32_t next;			/* in the table of all: the next with this pc and depth */
	uint16_t check_word[CONTEXT_CHECKS];	/* 8-byte words above the stack pointer; 0 ends the list */
	uint64_t check_pc[CONTEXT_CHECKS];
};

/* Who created a thread, when and where. */
struct thread_birth {
	uint32_t parent, segment, stack;
};

struct thread {
	struct live_slot *slot;
	struct live_hold *holds;	/* slot->holds_offset, as a pointer */
	uint64_t *chain;		/* chain[i] stands for holds[0 .. i): their locks, order and stacks, and for this thread
					 * in this segment */
	struct record_held *scratch;	/* as many as there may be holds */
	uintptr_t stack_base;
	size_t stack_size;
	uint32_t index;
	uint32_t segment;
	uint32_t epoch;			/* of the objects (objects.h) when its holds were last looked through */
	uint32_t slot_index;
	uint32_t n_end_rounds;
	int saved_errno;
	struct thread *next_free;
	struct thread *next_state;	/* all states ever made */
	void *(*start)(void *);
	void *argument;
	struct thread_birth birth;
	uint32_t exit_stack;		/* where it called pthread_exit */
	uint64_t inline_chain[TRACE_INLINE_HOLDS + 1];
	struct record_held inline_scratch[TRACE_INLINE_HOLDS];
	struct context contexts[CONTEXT_CACHE];
	uint64_t seen[SEEN_CACHE];
};

extern __thread struct thread *thread_active __attribute__((tls_model("initial-exec"), visibility("hidden")));

/* thread_active was NULL: makes a state for a thread that is met for the first time, begins the trace of a forked child.
 * NULL: go on without recording (counted where it loses something). */
struct thread *thread_attach(uintptr_t frame);

/* Is this a signal handler that interrupted the shim? */
bool thread_is_interrupted(void);

/* For hooks: the caller's state, or NULL. */
static always_inline struct thread *thread_here(uintptr_t frame)
{
	struct thread *t = thread_active;

	return likely(t) ? t : thread_attach(frame);
}

/* Closes the guard, and keeps errno for the program. */
static inline void thread_enter(struct thread *t)
{
	thread_active = NULL;
	t->saved_errno = errno;
}

static inline void thread_leave(struct thread *t)
{
	errno = t->saved_errno;
	thread_active = t;
}

/* ---- the life of threads ---- */

/* Once, in the constructor: the key that tells of ends, and the first thread. */
bool threads_init(void);

/* In a forked child: the calling thread is to be attached again. */
void thread_forget(void);

/* In a forked child: forgets all threads but the calling one, then begins that one in the new trace. */
void threads_reset_in_child(struct thread *t);
bool thread_begin_in_child(struct thread *t);

/* A state for a thread that `parent` is about to create; NULL when there can be none. */
struct thread *thread_new(struct thread *parent, const pthread_attr_t *attributes, void *(*start)(void *),
			  void *argument, uint32_t create_stack);
/* pthread_create() failed. */
void thread_free(struct thread *t);

/* The start routine that runs the program's. */
void *thread_main(void *t);

/* The index of the thread behind a handle, 0 unknown. */
uint32_t thread_index_of(pthread_t handle);

/* The state of the living thread with this TID, or NULL. */
struct thread *thread_by_tid(uint32_t tid);

/* All states ever made, newest first, by next_state. */
struct thread *threads_all(void);

#endif
