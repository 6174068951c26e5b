/* SPDX-License-Identifier: MIT */
/* Which memory has known objects in it: a filter, for the functions that take memory away.
 *
 * One bit stands for a line of 64 bytes in which an object begins, one word for the lines of a page, and 65,536 words for
 * all pages: pages 256 MiB apart share a word, so a bit may be somebody else's, and the table of objects (objects.h) has
 * the last word.  Pages that are neighbours have words that are neighbours: a block of memory costs one load, and the
 * words that a program uses are as few as its pages.
 *
 * Objects come and go without a lock.  A bit stays when the last object in its line goes, since most often another one comes
 * there: it goes when memory in that line was given back a few times with no object in it.
 */
#ifndef SNAG_LIFETIME_H
#define SNAG_LIFETIME_H

#include "compiler.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	LIFETIME_LINE_BITS = 6,
	LIFETIME_PAGE_BITS = 12,	/* as many lines as a word has bits */
	LIFETIME_WORD_BITS = 16,
	LIFETIME_WORDS = 1 << LIFETIME_WORD_BITS,
};

/* The words; NULL while no object is known that a free() or munmap() may end. */
extern const uint64_t *lifetime_lines;

/* An object is known to begin here, or no longer.  is_lent: in memory that the program may give back; the others are only
 * found by lifetime_next().  From lifetime_watch() on until lifetime_unwatch() its bit is set, whatever other threads do. */
void lifetime_watch(uintptr_t address, bool is_lent);
void lifetime_unwatch(uintptr_t address);

/* The next place in [from, end) from which on to look for objects, up to the end of its line; `end` when there is none. */
uintptr_t lifetime_next(uintptr_t from, uintptr_t end);

/* This memory, which the filter was asked about, had no known objects in it.  Called with the guard closed. */
void lifetime_had_none(uintptr_t start, size_t size);

/* Nothing is watched in this process from now on. */
void lifetime_stop(void);
/* Forgets everything that was watched. */
void lifetime_reset(void);

/* Are there known objects in this memory, as far as the filter can tell?  Only while lifetime_lines is not NULL. */
bool lifetime_touches(uintptr_t start, size_t size);

static always_inline uint32_t lifetime_word(uintptr_t address)
{
	uint64_t page = address >> LIFETIME_PAGE_BITS;

	/* Every 64 MiB another offset: arenas of allocators are aligned to such sizes. */
	return (uint32_t)(page + (page >> 14) * 40503) % LIFETIME_WORDS;
}

/* The same, in line: may also say so of memory in several pages, whatever there is. */
static always_inline bool lifetime_may_touch(uintptr_t start, size_t size)
{
	uintptr_t first = start >> LIFETIME_LINE_BITS, last = (start + size - 1) >> LIFETIME_LINE_BITS;

	if (unlikely((first ^ last) >> (LIFETIME_PAGE_BITS - LIFETIME_LINE_BITS)))
		return true;
	return unlikely(lifetime_lines[lifetime_word(start)] >> first % 64 << (63 - (last - first)));
}

#endif
