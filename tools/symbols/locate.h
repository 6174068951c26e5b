/* SPDX-License-Identifier: MIT */
/* Finds the ELF file that was loaded: proven by its build id when one is known, else none is better than a wrong one. */
#ifndef SNAG_SYMBOL_LOCATE_H
#define SNAG_SYMBOL_LOCATE_H

#include "../trace/pool.h"

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>

/* Where separate debug files are looked for. */
struct search {
	Dwfl_Callbacks callbacks;
	char *path;			/* as libdwfl wants it */
	char **folders;			/* n_folders that may have a .build-id/ in them */
	size_t n_folders;
};

/* debug_path: more folders, colon separated, or NULL.  Lives as long as the pool. */
struct search *search_new(struct pool *pool, const char *debug_path);

/* A descriptor to read a plain file, or -1: opening anything else may block. */
int open_file(const char *path);

bool has_build_id(Elf *elf, const void *build_id, size_t size);

/* Is there a program or library at the path, but another than that with this build id? */
bool is_other_file(const char *path, const void *build_id, size_t size);

/* Opens a module's file, at the addresses that the linker wrote.  NULL when there is none that can be believed.
 * To be ended with dwfl_end(), before the search goes. */
Dwfl *search_open(struct search *search, const char *path, const unsigned char *build_id, size_t build_id_size,
		  Dwfl_Module **ret_module);

#endif
