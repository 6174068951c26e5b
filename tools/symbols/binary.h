/* SPDX-License-Identifier: MIT */
/* One ELF file and everything that has been learnt from it.
 *
 * Addresses in here are those of the file (what the linker wrote), so an binary serves each place and time at which the
 * file was loaded.  DWARF and symbol tables are opened when they are first asked for.
 */
#ifndef SNAG_SYMBOL_BINARY_H
#define SNAG_SYMBOL_BINARY_H

#include "catalog.h"
#include "labels.h"
#include "locate.h"
#include "units.h"
#include "variables.h"

#include <stdbool.h>

struct binary {
	struct pool *pool;		/* for strings and answers */
	const char *path;		/* where it was loaded from; NULL in the binary of no file */
	const char *name;		/* its base name */
	const char *given_path;		/* what was asked for: with the build id, the binary's identity */
	const unsigned char *build_id;
	size_t build_id_size;

	Dwfl *dwfl;			/* NULL: no file that could be believed */
	Dwfl_Module *module;
	bool has_dwarf, has_labels;	/* looked for already */
	Dwarf_Addr dwarf_bias;		/* address in the file less address in its DWARF */
	struct labels labels;
	struct units units;
	struct variables variables;
	struct catalog catalog;

	void *frames, *places;		/* answers given, trees by address */
};

/* The strings must live as long as the pool.  (A binary that is all zero but for its pool knows nothing, and says so.) */
struct binary *binary_new(struct pool *pool, struct search *search, const char *path, const unsigned char *build_id,
			size_t build_id_size);
void binary_free(struct binary *binary);

/* Each is empty when the file has none. */
struct labels *binary_labels(struct binary *binary);
struct units *binary_units(struct binary *binary);

#endif
