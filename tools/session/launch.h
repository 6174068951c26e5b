/* SPDX-License-Identifier: MIT */
/* Starts the program to be watched, as if it had been started directly. */
#ifndef SNAG_LAUNCH_H
#define SNAG_LAUNCH_H

#include "signals.h"

#include <stdbool.h>
#include <sys/types.h>

struct launch {
	char *const *argv;
	char *preload;		       /* value of LD_PRELOAD; NULL: the program gets no shim */
	char *options;		       /* value of SNAG_OPTIONS */
	const char *output;	       /* file that takes what the program writes; NULL: it is left alone */
	bool may_trace;		       /* let this process's children attach to the program (GDB, under Yama) */
	const struct signals *signals; /* to be restored in the program */
};

/* Fills the environment: the shim in front of what LD_PRELOAD has, the options behind those that the user gave, so that
 * ours win.  No shim (NULL): the environment is left as it is. */
void launch_init(struct launch *launch, char *const argv[], const char *shim, const char *dir, const char *mode);

/* One more option for the shim; the value may hold anything. */
void launch_add_option(struct launch *launch, const char *key, const char *value);
void launch_deinit(struct launch *launch);

/* 0 and a pid, or the errno of what failed: fork or exec. */
int launch_start(const struct launch *launch, pid_t *ret_pid);

/* Why the shim cannot get into a program: one clause ("it is statically linked"), to be freed, or NULL when nothing speaks
 * against it.  Says nothing about a program that cannot be started at all.  A foreign one, of another C library, would not even
 * start with the shim. */
char *launch_obstacle(const char *command, bool *ret_is_foreign);

/* Opens the file that would be executed; -1 when there is none. */
int launch_open(const char *command);

#endif
