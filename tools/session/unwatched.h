/* SPDX-License-Identifier: MIT */
/* Programs that the watched one has started, and that the shim cannot get into. */
#ifndef SNAG_UNWATCHED_H
#define SNAG_UNWATCHED_H

#include <stdint.h>
#include <sys/types.h>

struct unwatched {
	char **sentences; /* one about each program, n of them */
	uint32_t n;
};

void unwatched_deinit(struct unwatched *unwatched);

/* Notes those of the processes that are there now: the child and all that it has begun. */
void unwatched_look(struct unwatched *unwatched, pid_t child);

/* Says which there were, a line each. */
void unwatched_tell(const struct unwatched *unwatched);

#endif
