/* SPDX-License-Identifier: MIT */
/* Starting a command in GDB, for `snag run --break`. */
#ifndef SNAG_GDB_H
#define SNAG_GDB_H

/* Becomes GDB on a command under the shim, which runs until a thread comes to a place: FUNCTION[@THREAD].  Returns the exit
 * status when that could not be. */
int gdb_run_to(const char *place, const char *dir, const char *mode, char **command);

#endif
