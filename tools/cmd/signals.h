/* SPDX-License-Identifier: MIT */
/* The signals that a supervisor keeps away from itself while the program runs.
 *
 * SIGINT and SIGQUIT come from the terminal and reach the program by themselves: the supervisor ignores them and
 * outlives the program to report on it.  SIGTERM and SIGHUP are read from a descriptor and passed on, SIGCHLD is read
 * there too.  Stop signals are left alone, so Ctrl-Z stops both.
 */
#ifndef SNAG_SIGNALS_H
#define SNAG_SIGNALS_H

#include <signal.h>

enum { SIGNALS_CHANGED = 3 };

struct signals {
	sigset_t mask; /* as it was before */
	struct sigaction actions[SIGNALS_CHANGED];
	int fd; /* a signalfd */
};

/* Takes them over.  -1 and errno. */
int signals_init(struct signals *signals);

/* Makes things as they were: in the program before exec (its copy of the descriptor closes by itself). */
void signals_restore(const struct signals *signals);

void signals_deinit(struct signals *signals);

#endif
