/* SPDX-License-Identifier: MIT */
/* The compilation units of one file's DWARF, by address, and the functions of each.
 *
 * Units are found by their own ranges: .debug_aranges is missing in what clang makes.  A unit's functions are collected when
 * an address in it is first asked for; those inside other functions' bodies (lambdas and methods of local classes, as gcc
 * nests them) only when an address is in no other function.
 */
#ifndef SNAG_UNITS_H
#define SNAG_UNITS_H

#include "die.h"
#include "spans.h"

struct function {
	Dwarf_Die die;
	const char *name;		/* for the owner's use; NULL at first */
};

struct unit {
	Dwarf_Die die;			/* has the line table */
	Dwarf_Die tree;			/* has the children: a split unit's, or the same */
	bool has_tree;
	bool has_functions, has_nested_functions;
	struct function *functions;
	size_t n_functions;
	struct spans spans;		/* of functions */
};

/* All zero is a valid empty one. */
struct units {
	struct unit *list;
	size_t n;
	struct spans spans;
};

void units_init(struct units *units, Dwarf *dwarf);
void units_deinit(struct units *units);

/* The unit, and its function, that has the code at an address of the DWARF; NULL when there is none. */
struct unit *units_find(struct units *units, uint64_t address);
struct function *unit_find_function(struct unit *unit, uint64_t address);

/* The DIE whose children are the unit's contents; opens the file of a split unit. */
Dwarf_Die *unit_tree(struct unit *unit);

#endif
