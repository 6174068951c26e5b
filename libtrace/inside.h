/* SPDX-License-Identifier: MIT */
/* What a stack is inside of: a signal handler, the loader, code that a signal may interrupt.
 *
 * All of it is found out when a stack is taken, which happens once for each context: a lock that is taken costs nothing more.
 */
#ifndef SNAG_INSIDE_H
#define SNAG_INSIDE_H

#include "real.h"
#include "stack.h"

/* The lock of the loader is inside the loader: this stands for its address. */
#define INSIDE_LOADER_ADDRESS ((uintptr_t)real.dlopen)

/* The stack with this id was taken just now.  Called with the unwinder's lock. */
void inside_note(struct thread *t, uint32_t stack, const struct taken *taken);

/* Where dlopen() or dlclose() was called that a stack is inside of: the id of that stack; 0: it is not. */
uint32_t inside_loader(uint32_t stack);

/* The program has a handler for this signal.  Safe in a signal handler. */
void inside_handles(int number, uintptr_t handler);

/* Forgets all stacks, for a new trace file. */
void inside_reset(void);

#endif
