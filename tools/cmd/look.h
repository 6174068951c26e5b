/* SPDX-License-Identifier: MIT */
/* Looking at processes and cores by their names on a command line. */
#ifndef SNAG_LOOK_H
#define SNAG_LOOK_H

#include "../trace/model.h"

struct look {
	struct session *session; /* empty before */
	bool takes_stacks;	 /* which stops some threads for a moment */
};

/* Fills the session with what the words name: PID, CORE [EXE] or DIR.  Complains, and returns an exit status other than
 * EXIT_CLEAN, when something of it cannot be looked at. */
int look_at(struct look *look, char *const targets[], size_t n);

#endif
