/* SPDX-License-Identifier: MIT */
/* A process as it stands now, without its help: the model of its threads, what they wait for and what they hold.
 *
 *   process.c    /proc -> threads, mappings, memory: a target
 *   core.c       a core file -> the same
 *   elf.c        mappings -> the modules that symbols are looked up in
 *   futex.c      a system call -> a wait for another thread
 *   layout.c     the word that is waited on, and what lies around it -> what kind of lock that is, and who has it
 *   holdup.c     threads that somebody has stopped -> what holds the process up
 *   facts.c      all of that -> a model whose live part is filled
 *   recording.c  the trace that a target under the shim writes, from its file or from the target's memory
 *   join.c       both together
 *   kept_*.c     what was seen of processes that hung -> a file beside their traces -> the same again
 *   proc.c       what several of them read in /proc
 *   outside.c    what other processes have to do with a wait
 *   connect.c    several models -> holds that only another process's model knows of
 *   stacks.c     where each thread is, when that is asked for
 *
 * Nothing is stopped and nothing is written.  That the facts fit together although threads run is seen to by looking
 * twice: a thread that has not been scheduled in between has not moved, and whatever was read meanwhile of the locks
 * that it waits for was true at one moment for all such threads.
 */
#ifndef SNAG_INSPECT_H
#define SNAG_INSPECT_H

#include "../trace/model.h"

#include <sys/types.h>

/* One of several live processes that are looked at together. */
struct inspection {
	pid_t pid;
	struct model *model; /* NULL: it is not there, is not ours to look at, or is of a kind that is not understood, and ... */
	char *why;	     /* ... one sentence says which, to be freed */
};

/* Looks at live processes, so that there was one moment at which all of it was true. */
void inspect_processes(struct inspection *inspections, size_t n);

/* Leaves of a model nothing but what is so now: what happened before is for `snag report`. Changes no array that the
 * model has, so that a copy of it can forget alone. */
void inspect_forget_past(struct model *model);

/* A process whose trace is all that is left: marks what its threads held when it ended. */
void inspect_end(struct model *model);

/* Tells the models of processes that were looked at of each other's locks: of one that a thread waits for and a thread
 * of another process has, the model of the latter may know nothing. */
void inspect_connect(struct model *const models[], size_t n);

/* The process and its descendants, to be freed; *ret_n of them. */
pid_t *inspect_tree(pid_t pid, size_t *ret_n);

/* A core file: 0 and a model, or -1 with one sentence in *ret_why (to be freed). `exe` is where its program lies now,
 * or NULL for where it lay then. */
int inspect_core(const char *path, const char *exe, struct model **ret_model, char **ret_why);

/* Adds the stack of each thread of which none is known yet. Threads of a process that run, or wait for locks, may be
 * stopped for a moment. Returns of how many threads no stack could be taken. */
uint32_t inspect_stacks_of_process(struct model *model, pid_t pid);
uint32_t inspect_stacks_of_core(struct model *model, const char *path, const char *exe);

#endif
