/* SPDX-License-Identifier: MIT */
/* Address -> identity of a lock: (address, generation), with the id that stands for it in the trace.
 *
 * An object gets an id, and a record, when it first matters: when it is part of a dependency, of a wait, of an event.
 * Until then initialising it costs an entry here, and locking it costs nothing here at all.  A generation ends when the
 * object is destroyed, or initialised again while it was known.
 */
#ifndef SNAG_OBJECTS_H
#define SNAG_OBJECTS_H

#include "thread.h"

/* Raised when something that threads have cached is no longer true: a generation ended, a lock was handed over. */
extern uint32_t objects_epoch;

/* Says that an object begins to live at an address. */
void object_init(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* Says that the object at the address is no more. */
void object_end(struct thread *t, uintptr_t address, uint32_t stack);

/* The id of the object at an address, which is made when it has none; `stack` is then where it was first used.
 * 0: no room (counted). */
uint32_t object_id(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* The id that stands for the end of a thread. */
uint32_t object_of_thread(struct thread *t, uint32_t index);

/* Forgets all objects, for a new trace file. */
void objects_reset(void);

#endif
