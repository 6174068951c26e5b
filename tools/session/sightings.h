/* SPDX-License-Identifier: MIT */
/* Deadlocks at the moment they close: looks which traces tell of a new one, and prints it at once. */
#ifndef SNAG_SIGHTINGS_H
#define SNAG_SIGHTINGS_H

#include "session_dir.h"

#include "../report/report.h"

/* A trace and how many deadlocks had closed in it when it was looked at. */
struct seen_trace {
	char *path;
	uint32_t n_told;
};

/* A process that is stuck. */
struct stuck_process {
	pid_t pid;
	const char *trace; /* belongs to the sightings; NULL: it writes none */
};

struct sightings {
	const struct session_dir *dir;
	bool is_silent; /* nothing is printed */
	struct seen_trace *seen;
	size_t n_seen;
	char (*ids)[FINDING_ID_SIZE]; /* of the findings that were told */
	size_t n_ids;
};

void sightings_init(struct sightings *sightings, const struct session_dir *dir, bool is_silent);
void sightings_deinit(struct sightings *sightings);

/* Prints every deadlock that has not been told to standard error. Returns the processes that are stuck in them, to be
 * freed. */
struct stuck_process *sightings_look(struct sightings *sightings, bool shows_all, size_t *ret_n);

/* Prints a finding to standard error, unless one of this id was told before: then false. */
bool sightings_tell(struct sightings *sightings, const struct report *report, uint32_t finding, bool shows_all);

/* The same path, for as long as the sightings live. */
const char *sightings_path(struct sightings *sightings, const char *path);

/* Marks what has been told, for the report at the end. */
void sightings_mark(const struct sightings *sightings, struct report *report);

#endif
