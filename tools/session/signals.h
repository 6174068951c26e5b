/* SPDX-License-Identifier: MIT */
/* The signals that a supervisor takes from a descriptor while the program runs.
 *
 * What comes from the terminal (Ctrl-C, hang-up) reaches the program by itself, for both are in one process group; the
 * supervisor only outlives it.  What another process sends to the supervisor is meant for the program, and is passed on.
 * Stop signals are left alone, so Ctrl-Z stops both.
 */
#ifndef SNAG_SIGNALS_H
#define SNAG_SIGNALS_H

#include <signal.h>

struct signals {
	sigset_t mask; /* as it was before */
	struct sigaction on_child;
	int fd; /* a signalfd */
};

/* Takes them over.  -1 and errno. */
int signals_init(struct signals *signals);

/* Makes things as they were: in the program before exec (its copy of the descriptor closes by itself). */
void signals_restore(const struct signals *signals);

/* Restores, too. */
void signals_deinit(struct signals *signals);

/* From now on SIGINT and SIGTERM that nobody else takes are noted; the second one ends Snag.  And which came; 0 none. */
void signals_note(void);
int signals_noted(void);

#endif
