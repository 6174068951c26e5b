/* SPDX-License-Identifier: MIT */
/* A chain of zeroed blocks that pieces are cut from; big pieces get a block of their own. */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	ALIGNMENT = 16,
	BLOCK_SIZE = 64 * 1024,
	BIG_SIZE = BLOCK_SIZE / 4,
#ifdef __SANITIZE_ADDRESS__
	OWN_BLOCK_SIZE = 0,	/* every piece lies in its own block, so that the sanitizer sees its ends */
#else
	OWN_BLOCK_SIZE = BIG_SIZE,
#endif
	EXIT_NO_MEMORY = 125,
};

struct block {
	struct block *next;
	_Alignas(ALIGNMENT) unsigned char bytes[];
};

struct pool {
	struct block *blocks;
	unsigned char *free;	/* in the block that small pieces are cut from */
	size_t n_free;
};

static void *or_end(void *memory, size_t size)
{
	if (!memory) {
		fprintf(stderr, "snag: memory: %zu bytes: there is no more\n", size);
		_exit(EXIT_NO_MEMORY);
	}
	return memory;
}

struct pool *pool_new(void)
{
	return or_end(calloc(1, sizeof(struct pool)), sizeof(struct pool));
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	for (struct block *block = pool->blocks, *next; block; block = next) {
		next = block->next;
		free(block);
	}
	free(pool);
}

static unsigned char *add_block(struct pool *pool, size_t size)
{
	struct block *block = size < SIZE_MAX / 2 ? calloc(1, sizeof(struct block) + size) : NULL;

	if (!block)
		return NULL;
	block->next = pool->blocks;
	pool->blocks = block;
	return block->bytes;
}

void *pool_try_alloc(struct pool *pool, size_t size)
{
	unsigned char *piece;

	size += !size;
	if (size > OWN_BLOCK_SIZE)
		return add_block(pool, size);
	size = (size + ALIGNMENT - 1) & -(size_t)ALIGNMENT;
	if (size > pool->n_free) {
		pool->free = add_block(pool, BLOCK_SIZE);
		pool->n_free = pool->free ? BLOCK_SIZE : 0;
	}
	piece = pool->free;
	if (piece) {
		pool->free += size;
		pool->n_free -= size;
	}
	return piece;
}

void *pool_alloc(struct pool *pool, size_t size)
{
	return or_end(pool_try_alloc(pool, size), size);
}

void *pool_alloc_array(struct pool *pool, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		total = SIZE_MAX;
	return pool_alloc(pool, total);
}

char *pool_printf(struct pool *pool, const char *format, ...)
{
	va_list arguments;
	char *text;
	int length;

	va_start(arguments, format);
	length = vsnprintf(NULL, 0, format, arguments);
	va_end(arguments);
	text = pool_alloc(pool, (size_t)(length < 0 ? 0 : length) + 1);
	va_start(arguments, format);
	vsnprintf(text, (size_t)(length < 0 ? 0 : length) + 1, format, arguments);
	va_end(arguments);
	return text;
}

void *zeroed_array(size_t n, size_t size)
{
	return or_end(calloc(n ? n : 1, size), n);
}

void *grow_array(void *array, size_t n, size_t size)
{
	size_t total;

	if (__builtin_mul_overflow(n, size, &total))
		total = SIZE_MAX;
	return or_end(realloc(array, total), total);
}
