/* SPDX-License-Identifier: MIT */
/* Private memory for the shim, straight from the kernel: malloc belongs to the program, and may call us. */
#ifndef SNAG_PAGES_H
#define SNAG_PAGES_H

#include <stddef.h>
#include <sys/mman.h>

/* Zeroed pages, or NULL.  They cost memory only where they are touched. */
static inline void *pages_new(size_t size)
{
	void *pages = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return pages == MAP_FAILED ? NULL : pages;
}

static inline void pages_free(void *pages, size_t size)
{
	if (pages)
		munmap(pages, size);
}

#endif
