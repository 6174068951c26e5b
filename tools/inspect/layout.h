/* SPDX-License-Identifier: MIT */
/* What kind of lock a word belongs to that threads wait on, and what the lock's memory says of its owner.
 *
 * A futex call names one word.  Which lock it is part of is told by what lies around it: every kind has its own layout,
 * and rules that its words keep.  No layout is taken for granted, because glibc changes them (the condition variable did
 * with 2.41) and because the word may be of somebody else's making (a Go or Rust runtime, musl).  What fits none of
 * them is a plain futex.
 */
#ifndef SNAG_LAYOUT_H
#define SNAG_LAYOUT_H

#include "futex.h"

/* A word that is waited on, with all that is known without looking at it. */
struct sight {
	const struct target *target;
	struct futex futex;
	uint32_t n_waiters;   /* threads that wait on this word */
	bool is_in_module;    /* it is a variable of a loaded file, not on a heap or stack */
	const uint32_t *tids; /* of the process, ascending */
	uint32_t n_tids;
};

/* What it turned out to be. */
struct lock {
	enum object_kind kind;
	uint64_t address;	   /* of the whole lock; for the end of a thread its TID */
	enum object_mode mode;	   /* in which it is wanted */
	uint32_t owner;		   /* TID of who has it, 0 nobody or unknown */
	uint32_t flags;		   /* enum object_flag */
	bool is_behind_writers;	   /* wanted by a reader that lets writers go first */
	uint32_t n_readers;	   /* rwlock: how many have it */
	uint32_t n_come, n_needed; /* barrier */
};

void layout_tell(const struct sight *sight, struct lock *ret_lock);

#endif
