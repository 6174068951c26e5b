/* SPDX-License-Identifier: MIT */
/* How large a block of the heap is.
 *
 * malloc_usable_size() says it, if it belongs to the allocator that real.free() belongs to.  It takes 2 ns, and looks at
 * the next block, which may not be in any cache.  glibc's free() itself looks at the word before the block only, where the
 * size has been since dlmalloc; so do we, when malloc_usable_size() said the same of some blocks of ours.
 */
#ifndef SNAG_BLOCKS_H
#define SNAG_BLOCKS_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>

/* Finds out how to tell.  Called once, by the constructor. */
void blocks_init(void);

/* The size of a block, or of the part that is known: 1 byte when the allocator does not say. */
extern size_t (*block_size)(void *memory);

/* Does block_size_in_header() tell? */
extern bool blocks_have_headers;

/* Does operator delete come with the allocator?  Then it does not call free(). */
extern bool blocks_have_own_delete;

/* At least block_size(), and at most 16 bytes more. */
static always_inline size_t block_size_in_header(const void *memory)
{
	return ((const size_t *)memory)[-1] & ~(size_t)7;
}

#endif
