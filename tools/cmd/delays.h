/* SPDX-License-Identifier: MIT */
/* Where `snag run --perturb` delays threads: at the locks of the deadlocks that the session before knows of. */
#ifndef SNAG_DELAYS_H
#define SNAG_DELAYS_H

#include "../session/session_dir.h"

#include <stdint.h>

struct delays {
	char *text;			/* a schedule; its sites and locks are meant: none, all of the program */
	uint32_t n_findings;		/* whose these are */
};

/* What the session in this folder knows, if it is one of the same command, which has not been built anew.  Who repeats its
 * seed has the delays where it had them. */
void delays_find(struct delays *ret_delays, const char *dir, char *const command[], const char *seed);
void delays_deinit(struct delays *delays);

/* Leaves them in a new session, for the shim and for who repeats it.  Returns the path (to be freed); NULL and errno. */
char *delays_keep(const struct delays *delays, const struct session_dir *dir);

#endif
