/* SPDX-License-Identifier: MIT */
/* Looks now and then whether the program has come to a standstill.
 *
 * The shim rings when a circle of locks closes. That a wake-up was lost, that everybody waits for a pool that waits
 * itself, or that a circle leads through files, pipes or other processes, no thread of the program can see. So its
 * processes are looked at from outside, as `snag ps --tree` does: when no wait has begun or ended for a while, and
 * beside that as often as a hundredth of a processor allows.
 */
#ifndef SNAG_VIGIL_H
#define SNAG_VIGIL_H

#include "session_dir.h"
#include "sightings.h"
#include "unwatched.h"

struct vigil {
	int timer;		/* readable when it is time for vigil_look() */
	const struct session_dir *dir;
	uint64_t waits;		/* a hash of all waits in the live tables, and ... */
	bool is_known;		/* ... whether the program has been looked at with them */
	uint64_t quiet_since_ns;	/* ... and since when they are so */
	uint64_t next_ns;	/* the earliest time to look without a reason */
	uint32_t *pids;		/* processes that were found to hang, n_pids of them */
	size_t n_pids;
	struct unwatched unwatched;
};

/* -1 and errno. */
int vigil_init(struct vigil *vigil, const struct session_dir *dir);
void vigil_deinit(struct vigil *vigil);

/* Looks, if there is a reason to. Prints each hang that has not been told, and as warnings what may be one and has lasted
 * for some seconds. Returns the processes that take part in a new hang, to be freed; what was seen of them is kept in the
 * session folder (inspect/kept.h). */
struct stuck_process *vigil_look(struct vigil *vigil, struct sightings *sightings, pid_t child, bool shows_all,
				 size_t *ret_n);

/* Looks, prints hangs that have not been told, and then what all threads do; those that do the same are counted. */
void vigil_tell_all(struct vigil *vigil, struct sightings *sightings, pid_t child, bool shows_all);

#endif
