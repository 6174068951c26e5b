/* SPDX-License-Identifier: MIT */
/* Threads that the trace knows.
 *
 * A program may create a million threads from one place: after the first thousand a thread is recorded only when it does
 * something that is news.
 */
#ifndef SNAG_BIRTHS_H
#define SNAG_BIRTHS_H

#include "thread.h"

/* Writes down the birth of a thread, unless there are already very many from the same place: then that waits until it does
 * something that none of them did. */
void birth_note(struct thread *t);

/* What a thread does can be told only when its birth is: writes it down if that has waited.  false: there is no room.
 * Called with the guard closed. */
bool birth_note_late(struct thread *t);

/* Is the birth of the thread with this index in the trace? */
bool birth_is_noted(uint32_t index);

/* Forgets all, for a new trace file. */
void birth_reset(void);

#endif
