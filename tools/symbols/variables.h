/* SPDX-License-Identifier: MIT */
/* The variables with a fixed address in one file's DWARF, by address.
 *
 * Those outside functions are collected when a data address is first asked for.  Static variables of functions need a walk
 * through all the bodies, which is long: that is made once, when an address is in no other variable.
 */
#ifndef SNAG_VARIABLES_H
#define SNAG_VARIABLES_H

#include "labels.h"
#include "units.h"

struct variable {
	Dwarf_Die die;
	uint64_t address;		/* in the DWARF */
	const char *name;		/* for the owner's use; NULL at first */
};

/* All zero is a valid empty one. */
struct variables {
	struct variable *list;
	size_t n;
	struct spans spans;
	bool has_globals, has_locals;
};

void variables_deinit(struct variables *variables);

/* The variable that covers an address of the DWARF; NULL when none does.  Where the type does not tell the size (a class
 * that is only declared in that unit), the symbol does, whose address is higher by the bias. */
struct variable *variables_find(struct variables *variables, struct units *units, const struct labels *labels,
				uint64_t bias, uint64_t address);

#endif
