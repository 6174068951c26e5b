/* SPDX-License-Identifier: MIT */
/* Starts GDB with Snag's scripts in it. */
#ifndef SNAG_GDB_H
#define SNAG_GDB_H

#include "signals.h"

#include <sys/types.h>

/* Attaches GDB to a process, on this terminal, and waits until the user has left it. */
void gdb_attach(pid_t pid, const struct signals *signals);

/* Becomes GDB on a command under the shim, which runs until a thread comes to a place: FUNCTION[@THREAD].  Returns the exit
 * status when that could not be. */
int gdb_run_to(const char *place, const char *dir, const char *mode, char **command);

#endif
