/* SPDX-License-Identifier: MIT */
/* The counts of ordinals.h. */
#include "ordinals.h"

#include "compiler.h"
#include "table.h"

static struct table counts;		/* stack and enum ordinal -> how many */

cold uint32_t ordinal_next(uint32_t stack, enum ordinal what)
{
	bool is_new;
	uint64_t *count = table_insert(&counts, stack | (uint64_t)what << 32, &is_new), n;

	n = count ? __atomic_add_fetch(count, 1, __ATOMIC_RELAXED) : 0;
	return n <= ORDINAL_MAX ? (uint32_t)n : 0;
}

cold void ordinals_reset(void)
{
	table_clear(&counts);
}
