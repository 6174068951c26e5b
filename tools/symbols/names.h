/* SPDX-License-Identifier: MIT */
/* Names and source places as a person writes them. */
#ifndef SNAG_SYMBOL_NAMES_H
#define SNAG_SYMBOL_NAMES_H

#include "../trace/pool.h"
#include "die.h"

/* `_ZN4pool4Conn4sendEv` -> `pool::Conn::send`, `pthread_mutex_lock@@GLIBC_2.2.5` -> `pthread_mutex_lock`; also without
 * what compilers add to the names of parts and clones: `transfer.part.0` -> `transfer`. */
const char *name_of_function_symbol(struct pool *pool, const char *symbol);

/* The same for a variable; numbers stay, they tell static variables of functions apart: `lock.0`. */
const char *name_of_data_symbol(struct pool *pool, const char *symbol);

/* The name alone; of a class that stands in a unit of its own, there. */
const char *last_name_of(Dwarf_Die *die);

/* The name with the scopes it lies in: `pool::Conn::send`, `pool::registry`, `transfer::counter_lock` (a static variable of
 * a function).  NULL for what has no name. */
const char *name_of_die(struct pool *pool, Dwarf_Die *die);

/* The same for a function; its linkage name is used when there is one, for that is complete. */
const char *name_of_function(struct pool *pool, Dwarf_Die *die);

/* `struct account` in C, `bank::account` in C++; NULL for a class without a name. */
const char *name_of_class(struct pool *pool, Dwarf_Die *die, bool is_c);

/* Whether the unit of a DIE is in C (or assembler), where names have no scopes. */
bool is_in_c(Dwarf_Die *die);

/* Whether a DIE lies in `std`, the namespace of the C++ and Rust standard libraries. */
bool is_in_std(Dwarf_Die *die);

/* A file name of a unit's line table as the compiler was given it: libdw puts the compiler's folder in front. */
const char *source_file(Dwarf_Die *unit, const char *path);

/* The file that an attribute names by its number in the line table; NULL when unknown. */
const char *source_of_attribute(Dwarf_Attribute *attribute);

/* Where a DIE is declared; NULL and 0 when unknown. */
void source_of_die(Dwarf_Die *die, const char **ret_file, uint32_t *ret_line);

#endif
