/* SPDX-License-Identifier: MIT */
/* Finds separate debug files on this machine; never asks a debuginfod server. */
#ifndef SNAG_SYMBOL_SEPARATE_H
#define SNAG_SYMBOL_SEPARATE_H

#include "locate.h"

/* libdwfl's callback of that name; the module's user data is the search. */
int separate_find(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base, const char *file,
		  const char *link, GElf_Word sum, char **ret_file);

/* Whether the file that dwz put common parts into (DWARF's "alternate" file) is the right one, or there is none. */
bool separate_has_right_common(Dwarf *dwarf);

#endif
