/* SPDX-License-Identifier: MIT */
/* fork(): the child gets a trace of its own, and knows what was held when it was born. */
#ifndef SNAG_FORK_H
#define SNAG_FORK_H

#include <stdbool.h>

/* Handlers for pthread_atfork(), and around a fork that does not run those (_Fork). */
void fork_begins(void);
void fork_ends_in_parent(void);
void fork_ends_in_child(void);

/* In a forked child that has not begun its own trace: begins it.  The thread that forked is thread_active then, unless no
 * trace could be made.  false: this is no such child. */
bool fork_begin_child(void);

#endif
