/* SPDX-License-Identifier: MIT */
/* A live process as a target. */
#ifndef SNAG_PROCESS_H
#define SNAG_PROCESS_H

#include "target.h"

#include <sys/types.h>

struct process {
	struct target target; /* first: its functions find the rest behind it */
	pid_t pid;
	int fd, tasks_fd, memory_fd; /* /proc/PID, /proc/PID/task, /proc/PID/mem */
	struct users *users;	     /* who uses what, as far as that was looked for */
};

/* 0, or -1 with one sentence in *ret_why (to be freed).  To be undone in both cases. */
int process_init(struct process *process, pid_t pid, struct pool *pool, char **ret_why);
void process_deinit(struct process *process);

/* outside.c: how a wait leads out of the program. */
void process_look_outside(struct target *target, const struct task *task, struct outside *ret_outside);

#endif
