/* SPDX-License-Identifier: MIT */
/* Which part of a variable lies at an offset: `[3].lock`.
 *
 * The way leads down through arrays, bases and members, and ends at a lock: how the C and C++ libraries build theirs is of
 * no interest.  Where several members cover the offset (unions, empty bases), the one that leads to a lock is meant.
 */
#ifndef SNAG_SYMBOL_PATH_H
#define SNAG_SYMBOL_PATH_H

#include "catalog.h"

#include <stddef.h>

enum { PATH_MAX_STEPS = 64 };

struct step {
	const char *member;		/* NULL: an element of an array */
	uint64_t index;
};

struct path {
	struct step steps[PATH_MAX_STEPS];
	size_t n;
	uint64_t rest;			/* what is left of the offset behind the last step */
	bool has_owner;
	Dwarf_Die owner;		/* the innermost class with a name on the way */
	const char *owner_typedef;	/* the only name that it has */
	size_t owner_steps;		/* how many steps lead up to it */
	bool is_hidden;			/* inside a library's own parts */
	struct catalog *catalog;
	int n_looks;			/* members looked at; bounds the work on hostile input */
};

void path_find(struct catalog *catalog, const Dwarf_Die *type, uint64_t offset, struct path *ret);

/* `[3].lock`, to be put behind a variable's name. */
const char *path_text(struct pool *pool, const struct path *path);

/* `struct account::lock`, or in a variable of C++ `account::lock`; NULL when no class with a name is on the way. */
const char *path_class(struct pool *pool, struct path *path, bool is_c);

#endif
