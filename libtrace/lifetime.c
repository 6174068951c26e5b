/* SPDX-License-Identifier: MIT */
/* The filter of lifetime.h: its words, and behind them how many objects each bit stands for. */
#include "lifetime.h"

#include "arena.h"
#include "lock.h"
#include "pages.h"

/* What is counted for each bit.  A count changes by compare-and-swap; its bit is set by whoever finds it missing after having
 * counted an object, and wiped only while the count says so. */
enum {
	COUNT_NONE,			/* the bit is not set */
	COUNT_WIPING,			/* it is being wiped, by who has the lock */
	COUNT_IDLE_LAST,		/* there is no object: so many times more, less this, memory there may be given back ... */
	COUNT_IDLE = COUNT_IDLE_LAST + 4,	/* ... when one has just gone */
	COUNT_FOR_GOOD = UINT8_MAX,	/* more objects than can be counted: the bit stays; else their number, + COUNT_IDLE */
};

enum { LINES_PER_WORD = 64 };

const uint64_t *lifetime_lines;

static struct lock wiping;

static struct filter {
	uint64_t lines[LIFETIME_WORDS];
	uint8_t counts[LIFETIME_WORDS * LINES_PER_WORD];
} *filter;

static cold struct filter *filter_new(void)
{
	struct filter *new = pages_new(sizeof(*new)), *other = NULL;

	if (!new)
		arena_count_lost(LOST_NO_MEMORY, 1);
	if (!new || __atomic_compare_exchange_n(&filter, &other, new, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE))
		return new;
	pages_free(new, sizeof(*new));
	return other;
}

static struct filter *filter_here(void)
{
	return __atomic_load_n(&filter, __ATOMIC_ACQUIRE);
}

static uint32_t line_in_page(uintptr_t address)
{
	return (address >> LIFETIME_LINE_BITS) % LINES_PER_WORD;
}

static uint8_t *count_of(struct filter *in, uintptr_t address)
{
	return &in->counts[lifetime_word(address) * LINES_PER_WORD + line_in_page(address)];
}

/* *was is what it is now when that is not what it was. */
static bool change(uint8_t *count, uint8_t *was, int to)
{
	return __atomic_compare_exchange_n(count, was, (uint8_t)to, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE);
}

/* Waits until the bit is wiped. */
static cold uint8_t after_wiping(const uint8_t *count)
{
	lock_acquire(&wiping);
	lock_release(&wiping);
	return __atomic_load_n(count, __ATOMIC_ACQUIRE);
}

/* Nobody wipes the bit from now on. */
static void count_one_more(uint8_t *count)
{
	uint8_t n = __atomic_load_n(count, __ATOMIC_ACQUIRE);

	do {
		while (n == COUNT_WIPING)
			n = after_wiping(count);
	} while (n != COUNT_FOR_GOOD && !change(count, &n, (n > COUNT_IDLE ? n : COUNT_IDLE) + 1));
}

cold void lifetime_watch(uintptr_t address, bool is_lent)
{
	struct filter *here = filter_here() ? filter_here() : filter_new();
	uint64_t bit = 1ull << line_in_page(address), *word;

	if (!here)
		return;
	count_one_more(count_of(here, address));
	word = &here->lines[lifetime_word(address)];
	if (!(__atomic_load_n(word, __ATOMIC_ACQUIRE) & bit))
		__atomic_fetch_or(word, bit, __ATOMIC_ACQ_REL);
	if (is_lent && !__atomic_load_n(&lifetime_lines, __ATOMIC_RELAXED))
		__atomic_store_n(&lifetime_lines, here->lines, __ATOMIC_RELEASE);
}

cold void lifetime_unwatch(uintptr_t address)
{
	uint8_t *count = filter_here() ? count_of(filter_here(), address) : NULL, n;

	if (!count)
		return;
	n = __atomic_load_n(count, __ATOMIC_ACQUIRE);
	while (n > COUNT_IDLE && n != COUNT_FOR_GOOD && !change(count, &n, n - 1))
		;
}

/* ---- memory that is given back ---------------------------------------------------------------------------------- */

static uintptr_t end_of_page(uintptr_t address)
{
	return (address | ((1ul << LIFETIME_PAGE_BITS) - 1)) + 1;
}

static uintptr_t end_of_line(uintptr_t address)
{
	return (address | ((1ul << LIFETIME_LINE_BITS) - 1)) + 1;
}

/* The next place in [from, end) where a bit is set, or `end`. */
static uintptr_t next_bit(const struct filter *here, uintptr_t from, uintptr_t end)
{
	while (from < end) {
		uint64_t lines = __atomic_load_n(&here->lines[lifetime_word(from)], __ATOMIC_ACQUIRE);
		uint32_t line = line_in_page(from), skip;

		if (lines >> line) {
			skip = (uint32_t)__builtin_ctzll(lines >> line);
			from = skip ? ((from >> LIFETIME_LINE_BITS) + skip) << LIFETIME_LINE_BITS : from;
			return from < end ? from : end;
		}
		from = end_of_page(from);
	}
	return end;
}

uintptr_t lifetime_next(uintptr_t from, uintptr_t end)
{
	struct filter *here = filter_here();
	uintptr_t at = here ? next_bit(here, from, end) : end;

	while (at < end && __atomic_load_n(count_of(here, at), __ATOMIC_ACQUIRE) <= COUNT_IDLE)
		at = next_bit(here, end_of_line(at), end);
	return at;
}

bool lifetime_touches(uintptr_t start, size_t size)
{
	if (size >> LIFETIME_PAGE_BITS > LIFETIME_WORDS)
		return true;
	return lifetime_next(start, start + size) != start + size;
}

static cold void wipe(struct filter *here, uintptr_t address)
{
	uint8_t *count = count_of(here, address), last = COUNT_IDLE_LAST;

	lock_acquire(&wiping);
	if (change(count, &last, COUNT_WIPING)) {
		__atomic_fetch_and(&here->lines[lifetime_word(address)], ~(1ull << line_in_page(address)), __ATOMIC_ACQ_REL);
		__atomic_store_n(count, COUNT_NONE, __ATOMIC_RELEASE);
	}
	lock_release(&wiping);
}

cold void lifetime_had_none(uintptr_t start, size_t size)
{
	uintptr_t end = start + size;
	struct filter *here = filter_here();

	for (uintptr_t at = here ? next_bit(here, start, end) : end; at < end; at = next_bit(here, end_of_line(at), end)) {
		uint8_t *count = count_of(here, at), n = __atomic_load_n(count, __ATOMIC_ACQUIRE);

		if (n == COUNT_IDLE_LAST)
			wipe(here, at);
		else if (n > COUNT_IDLE_LAST && n <= COUNT_IDLE)
			change(count, &n, n - 1);
	}
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
	wiping.word = 0;
}
