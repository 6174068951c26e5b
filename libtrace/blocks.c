/* SPDX-License-Identifier: MIT */
/* Which allocator it is, and what it says of its blocks. */
#include "blocks.h"

#include "machine.h"
#include "real.h"

#include <dlfcn.h>
#include <gnu/libc-version.h>

static size_t one_byte(void *memory)
{
	return 1;
}

bool blocks_have_headers, blocks_have_own_delete;
size_t (*block_size)(void *memory) = one_byte;

static cold bool is_in_one_library(const void *a, const void *b)
{
	Dl_info of_a, of_b;

	return dladdr(a, &of_a) && dladdr(b, &of_b) && of_a.dli_fbase == of_b.dli_fbase;
}

static cold void *find_beside_free(const char *name)
{
	void *function = dlsym(RTLD_NEXT, name);

	return function && is_in_one_library(function, (const void *)real.free) ? function : NULL;
}

/* The word itself is part of the size. */
static cold bool has_header(void *block)
{
	return block_size_in_header(block) == block_size(block) + sizeof(size_t);
}

static cold bool have_headers(void *(*allocate)(size_t))
{
	/* No larger ones: freeing a block that is a mapping of its own changes where glibc puts the next. */
	static const size_t sizes[] = {1, 100, 3000};
	bool have = true;

	for (size_t i = 0; have && i < sizeof(sizes) / sizeof(*sizes); i++) {
		void *block = allocate(sizes[i]);

		have = block && has_header(block);
		real.free(block);
	}
	return have;
}

cold void blocks_init(void)
{
	void *(*allocate)(size_t) = (void *(*)(size_t))find_beside_free("malloc");
	size_t (*usable_size)(void *) = (size_t(*)(void *))find_beside_free("malloc_usable_size");

	if (!usable_size || !allocate)
		return;
	block_size = usable_size;
	blocks_have_own_delete = is_in_one_library((const void *)real._ZdlPv, (const void *)real.free);
	blocks_have_headers = HAS_BLOCK_HEADERS &&
			      is_in_one_library((const void *)real.free, (const void *)gnu_get_libc_version) &&
			      have_headers(allocate);
}
