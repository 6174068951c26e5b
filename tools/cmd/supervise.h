/* SPDX-License-Identifier: MIT */
/* Watches the program until it ends: passes signals on, tells of deadlocks as they close, ends it when told to. */
#ifndef SNAG_SUPERVISE_H
#define SNAG_SUPERVISE_H

#include "sightings.h"
#include "signals.h"

enum on_deadlock { DEADLOCK_END, DEADLOCK_WAIT, DEADLOCK_GDB };

struct supervision {
	/* set by the caller */
	const struct session_dir *dir;
	const struct signals *signals;
	pid_t child;
	enum on_deadlock on_deadlock;
	double timeout_s; /* 0: none */
	bool shows_all;

	/* filled by supervise() */
	struct sightings sightings;
	struct program_end end;
	bool has_timed_out;
};

/* Returns when the program has ended.  -1 and errno when it cannot be watched (it runs on). */
int supervise(struct supervision *supervision);
void supervision_deinit(struct supervision *supervision);

#endif
