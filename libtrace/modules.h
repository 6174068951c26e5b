/* SPDX-License-Identifier: MIT */
/* Which library sits where: the shim's own copy of the loader's list.
 *
 * The unwinder asks for it through dl_iterate_phdr (hooks_dl.c); answering from the copy means that taking a stack never
 * waits for the loader lock.  So the shim cannot be part of a deadlock between that lock and one of the program's.
 * A library that appeared since is learnt from glibc's lock-free _dl_find_object when a stack first leads into it.
 */
#ifndef SNAG_MODULES_H
#define SNAG_MODULES_H

#include "thread.h"

#include <link.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Reads the loader's list.  May wait for the loader lock: only in the constructor, and for a forked child. */
void modules_init(void);

/* Records all known modules again, for a new trace file. */
void modules_record_again(void);

/* Is the pc inside a known module, or one that can be learnt now?  Called with the unwinder's lock. */
bool modules_cover(uint64_t pc);

/* ... and in a part of it that is run?  Between its parts there may be no memory.  Called with the unwinder's lock. */
bool modules_have_code(uint64_t pc);

/* Where in its file an address is, and the file's name without its folders.  false: no known module covers it.  Called
 * with the unwinder's lock. */
bool modules_locate(uint64_t address, const char **ret_name, uint64_t *ret_offset);

/* Libraries may have gone: records which, and that their objects are no more.  Returns whether any did. */
bool modules_forget_gone(struct thread *t);

/* dl_iterate_phdr over the copy. */
int modules_iterate(int (*each)(struct dl_phdr_info *, size_t, void *), void *argument);

#endif
