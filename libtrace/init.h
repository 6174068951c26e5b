/* SPDX-License-Identifier: MIT */
/* The life of the shim in a process. */
#ifndef SNAG_INIT_H
#define SNAG_INIT_H

#include <stdbool.h>

extern enum shim_state {
	SHIM_BEFORE,			/* the constructor has not run */
	SHIM_RUNNING,
	SHIM_FORKED,			/* in a forked child, which has no trace of its own yet */
	SHIM_OFF,			/* there can be no trace */
} shim_state;

/* May hooks record? */
bool shim_is_running(void);

/* Writes down what program this is. */
void shim_record_process(void);

#endif
