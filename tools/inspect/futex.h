/* SPDX-License-Identifier: MIT */
/* A system call that waits for a word of memory to change.  Every wait of glibc's threads ends in one. */
#ifndef SNAG_FUTEX_H
#define SNAG_FUTEX_H

#include "target.h"

struct futex {
	uint64_t address;
	uint32_t value;	   /* that the word must have had */
	bool is_plain;	   /* of the oldest form of the call */
	bool is_for_owner; /* the kernel hands the word over (priority inheritance) */
	bool is_private;   /* nobody but threads of this process can wake it */
	bool is_timed;
};

/* Whether a task sleeps in such a call; also in those that continue one. */
bool futex_of(const struct target *target, const struct task *task, struct futex *ret_futex);

/* What the call is named, for those in which threads usually sleep; NULL for others. */
const char *call_name(const struct target *target, uint32_t call);

/* Whether its first argument is the file that it waits for. */
bool call_has_fd(const struct target *target, uint32_t call);

#endif
