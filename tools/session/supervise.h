/* SPDX-License-Identifier: MIT */
/* Watches the program until it ends: passes signals on, tells of deadlocks as they close, ends it when told to. */
#ifndef SNAG_SUPERVISE_H
#define SNAG_SUPERVISE_H

#include "bell.h"
#include "sightings.h"
#include "signals.h"
#include "vigil.h"
#include "watched.h"

enum on_deadlock { DEADLOCK_END, DEADLOCK_WAIT, DEADLOCK_GDB };

struct supervision {
	/* set by the caller */
	const struct session_dir *dir;
	const struct signals *signals;
	pid_t child;
	enum on_deadlock on_deadlock;
	double timeout_s; /* 0: none */
	bool shows_all;
	bool is_silent; /* nothing is told */

	/* filled while watching */
	struct sightings sightings;
	struct vigil vigil;
	struct program_end end;
	bool has_ended, has_timed_out;
	bool is_stuck; /* threads were seen that can never go on */
	int stopped_by; /* SIGINT or SIGTERM has come to us meanwhile; 0 none */

	/* for the loop alone */
	struct bell_waiter bell;
	int timeout, grace; /* timerfds */
	struct ending ending;
};

/* Gets what the loop needs, before there is a program that could be lost.  The supervision is zero but for what the caller
 * has set, and must stay where it is.  -1 and errno. */
int supervision_init(struct supervision *supervision, const struct session_dir *dir, const struct signals *signals);
void supervision_deinit(struct supervision *supervision);

/* Returns when the child has ended. */
void supervision_watch(struct supervision *supervision);

#endif
