/* SPDX-License-Identifier: MIT */
/* Types of DWARF: what is below typedefs, how big things are.
 *
 * With a catalog, a class that is only declared is as good as the description in another unit; without one (NULL) it has no
 * known size and no members.
 */
#ifndef SNAG_TYPES_H
#define SNAG_TYPES_H

#include "catalog.h"
#include "die.h"

enum { TYPE_MAX_DIMENSIONS = 16 };

/* One step down from a typedef, a qualifier or a mere declaration to what it stands for; false for any other type. */
bool type_step(struct catalog *catalog, Dwarf_Die *type, Dwarf_Die *ret);

/* All steps down. */
void type_peel(struct catalog *catalog, const Dwarf_Die *type, Dwarf_Die *ret);

/* The size of an object of a type, in bytes; false when it is not known. */
bool type_size(struct catalog *catalog, const Dwarf_Die *type, uint64_t *ret);

/* An array's element type and the lengths of its dimensions, outermost first; 0 is an unknown length. */
struct array_shape {
	Dwarf_Die element;
	uint64_t element_size;		/* never 0 */
	uint64_t lengths[TYPE_MAX_DIMENSIONS];
	int n;
};

bool type_array(struct catalog *catalog, Dwarf_Die *array, struct array_shape *ret);

/* Whether it has members: a structure, class or union. */
bool type_is_class(Dwarf_Die *type);

#endif
