/* SPDX-License-Identifier: MIT */
/* GDB with Snag's scripts in it: its command line while it grows, and starting it. */
#ifndef SNAG_DEBUGGER_H
#define SNAG_DEBUGGER_H

#include "signals.h"

#include <stddef.h>
#include <sys/types.h>

struct debugger {
	char **arguments; /* NULL-terminated, each from malloc */
	size_t n;
};

/* Begins with GDB and our scripts.  -1 when they are not there, which it says. */
int debugger_init(struct debugger *debugger);
void debugger_deinit(struct debugger *debugger);

void debugger_add(struct debugger *debugger, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* A command that GDB is to execute when it has started. */
void debugger_add_command(struct debugger *debugger, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Becomes GDB.  Returns the exit status when that cannot be, which it says. */
int debugger_execute(const struct debugger *debugger);

/* Attaches GDB to a process, on this terminal, and waits until the user has left it. */
void debugger_attach(pid_t pid, const struct signals *signals);

#endif
