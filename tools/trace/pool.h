/* SPDX-License-Identifier: MIT */
/* Memory that goes at once: many small pieces, one free.
 *
 * Pieces are zeroed and aligned for anything.  A tool that cannot get memory for its own bookkeeping cannot go on, so
 * pool_alloc() ends the program then; sizes that an input chose are asked for with pool_try_alloc().
 */
#ifndef SNAG_POOL_H
#define SNAG_POOL_H

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

struct pool;

struct pool *pool_new(void);
void pool_free(struct pool *pool);		/* NULL is fine */

void *pool_alloc(struct pool *pool, size_t size);
void *pool_try_alloc(struct pool *pool, size_t size);	/* NULL: there is not that much */

/* Room for `n` things of `size` bytes; ends the program also when n * size does not fit a size_t. */
void *pool_alloc_array(struct pool *pool, size_t n, size_t size);

#define pool_new_array(pool, type, n) ((type *)pool_alloc_array(pool, n, sizeof(type)))

char *pool_printf(struct pool *pool, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* calloc() and realloc() that end the program instead of returning NULL, for scratch memory; free() it. */
void *zeroed_array(size_t n, size_t size);
void *grow_array(void *array, size_t n, size_t size);

#endif
