/* SPDX-License-Identifier: MIT */
/* Where a variable lies, by its name in the symbol table of a program. */
#ifndef SNAG_CMD_VARIABLE_H
#define SNAG_CMD_VARIABLE_H

#include <stdint.h>

struct variable {
	uint64_t address, size;		/* as linked */
	uint64_t inode;			/* of the program */
};

/* Finds it in the program that a command would execute.  NULL, or why not: one clause. */
const char *variable_find(const char *command, const char *name, struct variable *ret);

#endif
