/* SPDX-License-Identifier: MIT */
/* The filter of lifetime.h: its words, and behind them how many objects each bit stands for. */
#include "lifetime.h"

#include "arena.h"
#include "pages.h"

enum { LINES_PER_WORD = 64 };

const uint64_t *lifetime_lines;

static struct filter {
	uint64_t lines[LIFETIME_WORDS];
	uint8_t counts[LIFETIME_WORDS * LINES_PER_WORD];	/* UINT8_MAX stays: the bit is set for good */
} *filter;

static cold struct filter *filter_here(void)
{
	if (!filter)
		filter = pages_new(sizeof(*filter));
	if (!filter)
		arena_count_lost(LOST_NO_MEMORY);
	return filter;
}

static uint32_t line_in_page(uintptr_t address)
{
	return (address >> LIFETIME_LINE_BITS) % LINES_PER_WORD;
}

static uint8_t *count_of(uintptr_t address)
{
	return &filter->counts[lifetime_word(address) * LINES_PER_WORD + line_in_page(address)];
}

cold void lifetime_watch(uintptr_t address, bool is_lent)
{
	uint64_t *word;

	if (!filter_here())
		return;
	word = &filter->lines[lifetime_word(address)];
	if (*count_of(address) < UINT8_MAX)
		++*count_of(address);
	__atomic_store_n(word, *word | 1ull << line_in_page(address), __ATOMIC_RELEASE);
	if (is_lent)
		__atomic_store_n(&lifetime_lines, filter->lines, __ATOMIC_RELEASE);
}

cold void lifetime_unwatch(uintptr_t address)
{
	uint64_t *word;

	if (!filter || !*count_of(address) || *count_of(address) == UINT8_MAX || --*count_of(address))
		return;
	word = &filter->lines[lifetime_word(address)];
	__atomic_store_n(word, *word & ~(1ull << line_in_page(address)), __ATOMIC_RELEASE);
}

static uintptr_t end_of_page(uintptr_t address)
{
	return (address | ((1ul << LIFETIME_PAGE_BITS) - 1)) + 1;
}

uintptr_t lifetime_next(uintptr_t from, uintptr_t end)
{
	while (filter && from < end) {
		uint64_t lines = __atomic_load_n(&filter->lines[lifetime_word(from)], __ATOMIC_ACQUIRE);
		uint32_t here = line_in_page(from), skip;

		if (lines >> here) {
			skip = (uint32_t)__builtin_ctzll(lines >> here);
			from = skip ? ((from >> LIFETIME_LINE_BITS) + skip) << LIFETIME_LINE_BITS : from;
			return from < end ? from : end;
		}
		from = end_of_page(from);
	}
	return end;
}

bool lifetime_touches(uintptr_t start, size_t size)
{
	if (size >> LIFETIME_PAGE_BITS > LIFETIME_WORDS)
		return true;
	return lifetime_next(start, start + size) != start + size;
}

cold void lifetime_stop(void)
{
	lifetime_lines = NULL;
}

cold void lifetime_reset(void)
{
	lifetime_stop();
	pages_free(filter, sizeof(*filter));
	filter = NULL;
}
