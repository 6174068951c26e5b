/* SPDX-License-Identifier: MIT */
/* The session folder: where the shims of a run write their traces, with the bell by which they call the supervisor. */
#ifndef SNAG_SESSION_DIR_H
#define SNAG_SESSION_DIR_H

#include "libtrace/trace_format.h"

#include <sys/types.h>

#define SESSION_DIR_DEFAULT "snag.out"
/* What `snag confirm` leaves there beside its verdicts: the session of the last steered run, and in that what the program
 * wrote; and schedules that make a deadlock happen again. */
#define SESSION_DIR_STEERED "steered"
#define SESSION_DIR_OUTPUT "output"
#define SESSION_DIR_SCHEDULE ".schedule"

struct session_dir {
	char *path; /* absolute */
	int fd;	    /* of the folder; locked while this run uses it */
	struct trace_bell *bell;
};

/* How the program ended. */
struct program_end {
	int code; /* -1: by a signal */
	int signal;
	uint64_t monotonic_ns; /* when */
};

/* Makes the folder (mode 0700), or takes over one that holds nothing but an older session, which is removed.  -1 with
 * one sentence in *ret_why (to be freed) when that cannot be, or must not be. */
int session_dir_init(struct session_dir *ret_dir, const char *path, char **ret_why);
void session_dir_deinit(struct session_dir *dir);

/* Leaves the command and its end in session.json, for `snag report`.  -1 and errno. */
int session_dir_describe(const struct session_dir *dir, char *const argv[], pid_t pid, const struct program_end *end);

/* Paths of the traces in the folder, NULL-terminated; to be freed with traces_free(). */
char **session_dir_traces(const struct session_dir *dir, size_t *ret_n);
void traces_free(char **traces);

#endif
