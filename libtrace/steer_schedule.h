/* SPDX-License-Identifier: MIT */
/* A schedule: which parts are to meet, and how their places and locks are known in any run of the program.
 *
 * A text file, written by `snag confirm`; words separated by blanks, % and two hex digits for bytes that would be in the
 * way.  Sites, locks and parts are numbered from 0 in the order of their lines.  Lines that begin with other words are for
 * other readers.
 *
 *   snag-schedule 1              must be the first line
 *   gate MS                      how long a thread waits at a gate at most
 *   release MS                   how long after it has released a lock within the deadlock; 0: not at all
 *   last PART                    this part takes its first lock when the others are there
 *   site PC@MODULE...            calls, innermost first: return address in the file of that name
 *   lock at OFFSET@MODULE        a variable
 *   lock made SITE ORDINAL       initialised, or never that and first used, there; ORDINAL: as the how manieth, 0 any
 *   lock any
 *   part OP SITE LOCK SITE LOCK BEHIND TURN
 *                                OP: acquire wait signal; where, and what; where it took the lock that is waited for, and
 *                                which that is ("- -" none, "- LOCK" its own end).  BEHIND: 1 when the others must have
 *                                begun to wait, or have signalled, first.  TURN: as the how manieth time that the thread does
 *                                this, 0 any
 *
 * What is not named - threads, addresses, times - may be different each time.
 */
#ifndef SNAG_STEER_SCHEDULE_H
#define SNAG_STEER_SCHEDULE_H

#include "thread.h"

enum {
	SCHEDULE_PARTS = 32,
	SCHEDULE_SITES = 64,		/* sets of sites and locks are bits of 64 */
	SCHEDULE_LOCKS = 64,
	SCHEDULE_FRAMES = 16,
	SCHEDULE_NONE = 255,
};

struct schedule_site {
	uint32_t n_frames;
	uint64_t hash;
};

struct schedule_lock {
	uint64_t place;			/* hash of module and offset; 0: it is not a variable */
	uint8_t site;			/* where it is made; SCHEDULE_NONE: it may be any */
	uint32_t ordinal;
};

struct schedule_part {
	enum dep_op op;
	uint8_t site, lock;
	uint8_t held_site, held_lock;	/* SCHEDULE_NONE: none; held_site alone: held_lock is the end of the thread */
	uint32_t turn;			/* 0: any */
	bool is_behind;			/* goes on when the others wait, or have signalled */
};

struct schedule {
	uint32_t n_parts, n_sites, n_locks;
	uint32_t gate_ms, release_ms;
	uint32_t last;			/* a part, or SCHEDULE_NONE */
	struct schedule_part parts[SCHEDULE_PARTS];
	struct schedule_site sites[SCHEDULE_SITES];
	struct schedule_lock locks[SCHEDULE_LOCKS];
};

/* Reads a schedule.  false: there is none that makes sense. */
bool schedule_read(struct schedule *schedule, const char *path);

/* Which sites a stack is at, and which locks of the schedule an object may be: bits by their numbers.  Called with the guard
 * closed, by one thread at a time. */
uint64_t schedule_sites(const struct schedule *schedule, uint32_t stack);
uint64_t schedule_locks(const struct schedule *schedule, uint32_t object);

/* Is the object a lock of the schedule, and not just one that may be any? */
bool schedule_names(const struct schedule *schedule, uint32_t object);

/* An object got its id, the next one.  stack: where it was made, or first used; ordinal: as the how manieth there.  Takes no
 * lock. */
void schedule_note_object(uint32_t id, uint64_t address, uint32_t stack, uint32_t ordinal);

/* Forgets stacks, for a new trace file. */
void schedule_forget(void);

#endif
