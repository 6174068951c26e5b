/* SPDX-License-Identifier: MIT */
/* Memory that is given back, with and without locks in it: what the calls say, and what is in the memory that stays. */
#undef _FILE_OFFSET_BITS /* it would make mmap another name of mmap64 */
#include "say.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { PAGE = 4096, MANY = 300000 };

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;

/* From then on the shim knows a lock there. */
static void *with_lock(void *memory)
{
	pthread_mutex_t *lock = memory;

	*lock = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_lock(&outer);
	pthread_mutex_lock(lock);
	pthread_mutex_unlock(lock);
	pthread_mutex_unlock(&outer);
	return memory;
}

static char *filled(size_t size)
{
	char *memory = malloc(size);

	memset(memory, 'x', size);
	return memory;
}

/* How many bytes behind the lock are as they were. */
static long kept(const char *memory, size_t size)
{
	size_t n = sizeof(pthread_mutex_t);

	while (n < size && memory[n] == 'x')
		n++;
	return (long)n;
}

static void tell_heap(void)
{
	static void *(*volatile resize)(void *, size_t) = realloc;
	void *(*volatile resize_array)(void *, size_t, size_t) = reallocarray;
	char *memory;

	CALL_VOID(free, "nothing", NULL);
	CALL_VOID(free, "small", filled(100));
	CALL_VOID(free, "large", filled(MANY));
	CALL_VOID(free, "small, with a lock", with_lock(filled(100)));
	CALL_VOID(free, "large, with a lock", with_lock(filled(MANY)));
	CALL_VOID(free, "aligned, with a lock", with_lock(aligned_alloc(PAGE, PAGE)));
	memory = resize(with_lock(resize(NULL, 100)), 100);
	memset(memory + sizeof(pthread_mutex_t), 'x', 100 - sizeof(pthread_mutex_t));
	CALL_AS("realloc", "the same size", kept(memory, 100));
	memory = resize(with_lock(memory), MANY);
	CALL_AS("realloc", "larger, with a lock", kept(memory, 100));
	memory = resize_array(with_lock(memory), 30, 2);
	CALL_AS("realloc", "smaller, with a lock", kept(memory, 60));
	CALL_AS("realloc", "too much, with a lock", (intptr_t)resize(with_lock(memory), PTRDIFF_MAX));
	CALL_AS("realloc", "too much: what is left", kept(memory, 60));
	CALL_AS("realloc", "to nothing, with a lock", (intptr_t)resize(memory, 0));
}

/* operator delete and operator delete[], as C++ calls them. */
void _ZdlPv(void *memory);
void _ZdlPvm(void *memory, size_t size);
void _ZdlPvSt11align_val_t(void *memory, size_t alignment);
void _ZdlPvmSt11align_val_t(void *memory, size_t size, size_t alignment);
void _ZdaPv(void *memory);
void _ZdaPvm(void *memory, size_t size);
void _ZdaPvSt11align_val_t(void *memory, size_t alignment);
void _ZdaPvmSt11align_val_t(void *memory, size_t size, size_t alignment);

static void *line(void)
{
	return with_lock(aligned_alloc(64, 64));
}

static void tell_deletes(void)
{
	CALL_VOID(_ZdlPv, "nothing", NULL);
	CALL_VOID(_ZdlPv, "with a lock", with_lock(filled(64)));
	CALL_VOID(_ZdlPvm, "with a lock", with_lock(filled(64)), 64);
	CALL_VOID(_ZdlPvSt11align_val_t, "with a lock", line(), 64);
	CALL_VOID(_ZdlPvmSt11align_val_t, "with a lock", line(), 64, 64);
	CALL_VOID(_ZdaPv, "nothing", NULL);
	CALL_VOID(_ZdaPv, "with a lock", with_lock(filled(64)));
	CALL_VOID(_ZdaPvm, "with a lock", with_lock(filled(64)), 64);
	CALL_VOID(_ZdaPvSt11align_val_t, "with a lock", line(), 64);
	CALL_VOID(_ZdaPvmSt11align_val_t, "with a lock", line(), 64, 64);
}

static char *map(size_t size)
{
	return mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
}

static long is_failed(const void *memory)
{
	return memory == MAP_FAILED;
}

static void tell_mappings(void)
{
	const int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED;
	char *memory = with_lock(map(2 * PAGE));
	unsigned char pages[1];

	CALL(munmap, "an odd address", memory + 1, PAGE);
	CALL(munmap, "nothing", memory, 0);
	CALL(munmap, "half a page", with_lock(memory + PAGE), PAGE / 2);
	CALL(mincore, "what is there", memory, PAGE, pages);
	CALL(mincore, "an odd address", memory + 1, PAGE, pages);
	CALL(munmap, "what is no more", memory + PAGE, PAGE);
	CALL(munmap, "all addresses", memory, SIZE_MAX - PAGE);
	CALL_AS("mmap", "over a lock", mmap(memory, PAGE, PROT_READ | PROT_WRITE, flags, -1, 0) == memory);
	CALL_AS("mmap", "is empty then", *memory);
	CALL_AS("mmap64", "over a lock", mmap64(with_lock(memory), PAGE, PROT_READ, flags, -1, 0) == memory);
	CALL_AS("mmap", "nothing", is_failed(mmap(NULL, 0, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)));
	CALL_AS("mmap", "no file", is_failed(mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0)));
	CALL_AS("mmap64", "no file", is_failed(mmap64(NULL, PAGE, PROT_READ, MAP_PRIVATE, -1, 0)));
	CALL(munmap, "a page", memory, PAGE);
}

static void tell_moves(void)
{
	char *memory = with_lock(map(4 * PAGE)), *other = with_lock(map(2 * PAGE));

	CALL_AS("mremap", "smaller", mremap(memory, 4 * PAGE, 2 * PAGE, 0) == memory);
	CALL_AS("mremap", "the same", mremap(memory, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE) == memory);
	CALL_AS("mremap", "an odd address", is_failed(mremap(memory + 1, PAGE, 2 * PAGE, 0)));
	CALL_AS("mremap", "to an odd address",
		is_failed(mremap(memory, PAGE, PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other + 1)));
	memory[PAGE - 1] = 'x';
	CALL_AS("mremap", "over a lock",
		mremap(memory, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, other) == other);
	CALL_AS("mremap", "with what was there", other[PAGE - 1]);
	CALL_AS("mremap", "what is no more", is_failed(mremap(memory, PAGE, PAGE, MREMAP_MAYMOVE)));
	munmap(other, 2 * PAGE);
}

void tell_memory(void)
{
	tell_heap();
	tell_deletes();
	tell_mappings();
	tell_moves();
}
