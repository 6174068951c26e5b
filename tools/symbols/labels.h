/* SPDX-License-Identifier: MIT */
/* Names by address from a file's ELF symbol tables: what is left when there is no DWARF. */
#ifndef SNAG_LABELS_H
#define SNAG_LABELS_H

#include "../trace/pool.h"
#include "spans.h"

#include <elfutils/libdwfl.h>

/* All zero is a valid empty one. */
struct labels {
	Dwfl_Module *module;
	struct spans code, data;	/* of symbol indexes */
};

void labels_init(struct labels *labels, Dwfl_Module *module);
void labels_deinit(struct labels *labels);

/* The name of the function that covers an address; NULL when none does. */
const char *labels_find_code(const struct labels *labels, struct pool *pool, uint64_t address);

/* The same for a variable; *ret_start is its own address. */
const char *labels_find_data(const struct labels *labels, struct pool *pool, uint64_t address, uint64_t *ret_start);

/* Where the variable at an address ends; 0 unknown. */
uint64_t labels_data_end(const struct labels *labels, uint64_t address);

#endif
