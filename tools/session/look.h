/* SPDX-License-Identifier: MIT */
/* Looking at processes and cores by their names on a command line. */
#ifndef SNAG_LOOK_H
#define SNAG_LOOK_H

#include "../trace/model.h"

#include <sys/types.h>

struct look {
	struct session *session; /* empty before */
	bool takes_stacks;	 /* which stops some threads for a moment */
	bool forgets_past;	 /* nothing of what the shim wrote counts but what is so now */
	bool takes_trees;	 /* with each process all that it and its children have begun */
};

/* Fills the session with what the words name: PID, CORE [EXE] or DIR.  Complains, and returns an exit status other than
 * EXIT_CLEAN, when something of it cannot be looked at. */
int look_at(struct look *look, char *const targets[], size_t n);

/* A process, its descendants and all that write into a session folder, as far as they are alive and can be looked at. */
struct session *look_at_run(pid_t pid, const char *folder);

#endif
