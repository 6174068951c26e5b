/* SPDX-License-Identifier: MIT */
/* Data address -> variable and member. */
#ifndef SNAG_SYMBOL_PLACES_H
#define SNAG_SYMBOL_PLACES_H

#include "binary.h"
#include "symbols.h"

/* `address` is one of the file.  All strings live in the binary's pool. */
void place_at(struct binary *binary, uint64_t address, struct place *ret);

#endif
