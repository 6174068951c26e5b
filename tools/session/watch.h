/* SPDX-License-Identifier: MIT */
/* Runs a command under the shim, into a session folder, and watches it until it ends: what `run` and `confirm` have in
 * common. */
#ifndef SNAG_WATCH_H
#define SNAG_WATCH_H

#include "session_dir.h"
#include "supervise.h"

struct watch {
	/* set by the caller */
	char **command;
	const char *mode;		/* "light" or "full" */
	const char *schedule;		/* for the shim to steer by; NULL: none */
	const char *seed;		/* for random delays; NULL: none */
	char *variable;			/* to be looked at, as the shim wants it said; NULL: none */
	const char *output;		/* file that takes what the program writes; NULL: it is left alone */
	struct session_dir dir;
	struct supervision supervision;	/* what its caller sets */
	char *obstacle;			/* why the program cannot be watched; NULL when nothing is known to speak against it */
	bool is_foreign;		/* it would not even start with the shim */

	struct signals signals;
	bool has_begun;
};

/* Calls run() with a path of the shim that can be preloaded; returns what that does, or EXIT_SNAG_FAILED. */
int watch_with_shim(int (*run)(void *context, const char *shim), void *context);

/* Starts the command and returns when it has ended: 0, or the exit status that says why it could not be started.  To be
 * followed by watch_deinit(); the folder stays the caller's. */
int watch_program(struct watch *watch, const char *shim);
void watch_deinit(struct watch *watch);

#endif
