/* SPDX-License-Identifier: MIT */
/* What is declared in one unit and defined in another, by name.
 *
 * Compilers describe a C++ class in full in one unit only, where its constructors or virtual functions are; the unit with
 * the variable may have but the name.  And a variable of a shared library may lie in the program (a copy relocation), whose
 * units only declare it.  For both, all units are walked, once, when the first one is met.
 */
#ifndef SNAG_SYMBOL_CATALOG_H
#define SNAG_SYMBOL_CATALOG_H

#include "../trace/pool.h"
#include "units.h"

struct catalog {
	struct pool *pool;
	struct units *units;
	bool is_filled;
	struct catalog_entry *list;
	size_t n;
};

void catalog_init(struct catalog *catalog, struct pool *pool, struct units *units);
void catalog_deinit(struct catalog *catalog);

/* The full description of a class that is only declared. */
bool catalog_find_class(struct catalog *catalog, Dwarf_Die *declaration, Dwarf_Die *ret);

/* A declaration of the variable with a name, scopes included. */
bool catalog_find_variable(struct catalog *catalog, const char *name, Dwarf_Die *ret);

#endif
