/* SPDX-License-Identifier: MIT */
/* SNAG_OPTIONS: how the shim is to record, read once.
 *
 * Pairs key=value separated by ':'; in a value, %3A stands for ':' and %25 for '%'.
 *
 *   dir=PATH     the session folder, made when it is not there (default: snag.out in the current folder)
 *   mode=light   what to record: light, or full: every operation too
 *   limit=MiB    largest size of one trace file (default 256), ...
 *   budget=MiB   ... and what full recording may take beside that, before it falls back to light (default 1024)
 *   steer=FILE   threads are held back as this schedule says (steer.h)
 *   perturb=SEED threads are delayed at random (steer_perturb.h), and steer says no more than at which places and locks
 *   watch=ADDRESS,SIZE,INODE   a variable of the program with this inode, as it was linked, decimal (hardware.h)
 *   log=PATH     a line is written to the end of this file when a deadlock closes; log=stderr: to standard error (default: none)
 *   mutex=libc   every lock is taken by libc's own functions, where probes may wait (default: not the plain ones, plain.h)
 */
#ifndef SNAG_OPTIONS_H
#define SNAG_OPTIONS_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "trace_format.h"

#define LOG_STDERR "stderr"

struct options {
	char dir[PATH_MAX];		/* absolute */
	char log[PATH_MAX];		/* absolute, or LOG_STDERR; "" none */
	enum trace_mode mode;
	uint64_t limit, budget;		/* bytes */
	bool calls_libc;
	char schedule[PATH_MAX];	/* "": none */
	uint64_t seed;			/* of random delays; 0: none */
	uint64_t watch, watch_size, watch_inode;	/* size 0: none */
};

extern struct options options;

/* Reads the environment.  Unknown keys and values are left alone: an old shim meets a new `snag run`. */
void options_read(void);

#endif
