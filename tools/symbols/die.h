/* SPDX-License-Identifier: MIT */
/* What we ask of DIEs (DWARF's records), each in one call.
 *
 * Input is never trusted: chains and depths are bounded, and whatever libdw cannot give is "no".
 */
#ifndef SNAG_DIE_H
#define SNAG_DIE_H

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdbool.h>
#include <stdint.h>

enum {
	DIE_MAX_DEPTH = 256,		/* of nested DIEs */
	DIE_MAX_CHAIN = 64,		/* of references from one to the next: typedefs, origins */
};

/* An attribute of the DIE itself or of what it was made from (abstract origin, specification). */
bool die_reference(Dwarf_Die *die, unsigned int attribute, Dwarf_Die *ret);
bool die_number(Dwarf_Die *die, unsigned int attribute, uint64_t *ret);
bool die_flag(Dwarf_Die *die, unsigned int attribute);
const char *die_string(Dwarf_Die *die, unsigned int attribute);

/* The DIE that a concrete instance or an out-of-class definition goes back to; the DIE itself when there is none. */
void die_origin(Dwarf_Die *die, Dwarf_Die *ret);

/* Where a variable with one fixed address lies; false for registers, stacks, thread-local storage. */
bool die_static_address(Dwarf_Die *die, uint64_t *ret);

/* The nearest namespace, type or function around a DIE; false at the top of its unit. */
bool die_enclosing(Dwarf_Die *die, Dwarf_Die *ret);

/* Calls visit() for every DIE below `parent` that lies in namespaces only, or, with is_deep, for simply every one. */
void die_walk(Dwarf_Die *parent, bool is_deep, void (*visit)(Dwarf_Die *die, int tag, void *arg), void *arg);

#endif
