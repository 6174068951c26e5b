/* SPDX-License-Identifier: MIT */
/* The watched processes: which are alive, and ending them.
 *
 * A trace names its process by a number that may belong to somebody else by now.  So a process is ended through a pidfd,
 * and only when it has that very trace mapped, or is the child of this program.
 */
#ifndef SNAG_WATCHED_H
#define SNAG_WATCHED_H

#include "libtrace/trace_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* Copies a trace's header.  false: there is none (yet), or it is not one of ours. */
bool trace_header_read(const char *path, struct trace_header *ret_header);

/* Whether a process is alive and writes this trace. */
bool process_writes(pid_t pid, const char *trace);

/* Whether a process has ended: it is not there, or has no memory any more. */
bool process_is_gone(pid_t pid);

/* Shows all slots of a trace's live table, one by one.  What is shown is a copy. */
void trace_visit_slots(const char *path, void (*visit)(void *context, const struct live_slot *slot), void *context);

/* Waits until the threads of a process that have said that they wait do sleep: the last one of a deadlock is about to.
 * `trace`: where they said it; NULL: nowhere. */
void process_let_sleep(pid_t pid, const char *trace);

/* Processes that are to end, to be killed if they do not. */
struct ending {
	struct ending_process {
		pid_t pid;
		int fd;
	} *processes;
	size_t n, n_told;
};

/* Notes a process.  `trace`: the file it must have mapped, or NULL for our own child.  false: it is not there, or is noted
 * already: a second signal would disturb what it does about the first. */
bool ending_add(struct ending *ending, pid_t pid, const char *trace);

/* Sends SIGABRT to those that were added since.  None of them moves any more: a lock that one leaves behind would let the
 * next go on. */
void ending_tell(struct ending *ending);

/* Sends SIGKILL to those that are still there. */
void ending_kill(struct ending *ending);
void ending_deinit(struct ending *ending);

#endif
