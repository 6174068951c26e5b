/* SPDX-License-Identifier: MIT */
/* Arrays that grow one thing at a time. */
#ifndef SNAG_SYMBOL_ARRAY_H
#define SNAG_SYMBOL_ARRAY_H

#include "../trace/pool.h"

/* Gives an array of n things room for one more.  There is always room up to the next power of two, so nobody needs to
 * remember how much there is. */
static inline void *array_grow(void *array, size_t n, size_t size)
{
	return n & (n - 1) ? array : grow_array(array, n ? 2 * n : 1, size);
}

#endif
