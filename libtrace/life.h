/* SPDX-License-Identifier: MIT */
/* The life of threads: how they get a state, what is recorded of their birth, and their end. */
#ifndef SNAG_LIFE_H
#define SNAG_LIFE_H

#include "thread.h"

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

/* Says which thread a handle means, unless a later one (by serial) has it already. */
void thread_has_handle(uint32_t index, uint32_t serial, pthread_t handle);

/* The index of the thread behind a handle, 0 unknown. */
uint32_t thread_index_of(pthread_t handle);

#endif
