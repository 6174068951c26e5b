/* SPDX-License-Identifier: MIT */
/* The files of /proc, as far as more than one file of this room reads them. */
#ifndef SNAG_PROC_H
#define SNAG_PROC_H

#include "target.h"

#include <stdio.h>

enum { SMALL_FILE = 4096 }; /* more than a file of one line */

/* Reads a file below a folder into a buffer, with a NUL; -1 when that fails. */
ssize_t proc_read(int folder, const char *name, char *to, size_t size);

/* All of a file below a folder, to be freed; NULL when there is nothing to read.  A status file has no greatest length: it
 * lists the groups of a user. */
char *proc_text(int folder, const char *name);

/* The text behind "\nNAME:" in a status file; "" when it is not there. */
const char *proc_field(const char *status, const char *name);

/* 'R' runs, 'S' sleeps, ...: as a status file says; '\0' when it does not. */
char proc_state(const char *status);

/* "55d0c6e04000-55d0c6e05000 rw-p 00003000 fe:00 1234 /path", whose line end is cut off. ret->path points into the
 * line; false: it is no such line. */
bool proc_parse_mapping(char *line, struct mapping *ret);

/* "process 4711 (nginx)", and "thread 4712 of process 4711 (nginx)" for a thread that is not the first. */
const char *proc_describe(struct pool *pool, uint32_t tid);

/* The processes that the threads of one have begun and that are not reaped yet, to be freed. */
uint32_t *proc_children(uint32_t pid, uint32_t *ret_n);

#endif
