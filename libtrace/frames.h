/* SPDX-License-Identifier: MIT */
/* Whose stack a lock lies in, and in which frame there.
 *
 * A function that returns takes its locks with it, without a word; the next function may have others at the same
 * addresses.  A frame is known by its return address and by where that lies.  So a lock is still the same while the return
 * address next above it is the same, at the same place; where that is, is looked up in what was learnt when the owner of
 * the stack last had its stack taken (thread.h, `here`).  A function that is called again from the same place has the same
 * frame: its locks count as the same.
 */
#ifndef SNAG_FRAMES_H
#define SNAG_FRAMES_H

#include "thread.h"

/* The calling thread's stack, and its static thread-local memory above it, are its own from now on. */
void frames_thread_begin(struct thread *t);

/* They are no more: [*ret_start, *ret_end) is where objects were known in them. */
void frames_thread_end(struct thread *t, uintptr_t *ret_start, uintptr_t *ret_end);

/* The thread in whose stack or static thread-local memory the address lies, or NULL. */
struct thread *frames_owner(uintptr_t address);

/* An object is known to lie there, in the present frame. */
void frames_note(struct thread *owner, uintptr_t address);

/* Is that frame still there? */
bool frames_still_there(uintptr_t address);

/* In a forked child: forgets all stacks. */
void frames_reset(void);

#endif
