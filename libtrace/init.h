/* SPDX-License-Identifier: MIT */
/* The life of the shim in a process. */
#ifndef SNAG_INIT_H
#define SNAG_INIT_H

#include <stdbool.h>

/* May hooks record?  False before the constructor, and when there can be no trace. */
bool shim_is_running(void);

/* In a forked child that has not begun its own trace: begins it.  The thread that forked is thread_active then.
 * false: this is no such child. */
bool shim_begin_child(void);

/* A child that was made without fork()'s handlers (_Fork). */
void shim_before_fork(void);
void shim_after_fork_in_parent(void);
void shim_after_fork_in_child(void);

#endif
