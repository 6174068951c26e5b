/* SPDX-License-Identifier: MIT */
/* Reads memory of the program that may be gone by now. */
#ifndef SNAG_PEEK_H
#define SNAG_PEEK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Copies `size` bytes that lie at `from`.  false: they are not there any more.  Changes errno. */
bool peek(uintptr_t from, size_t size, void *ret);

/* The same of an address that may be anything: false also where the kernel will not say it. */
bool peek_unsure(uintptr_t from, size_t size, void *ret);

/* May asking the kernel what is in memory end the process?  A filter of system calls may do that. */
bool peek_is_forbidden(void);

#endif
