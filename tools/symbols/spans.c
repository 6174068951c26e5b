/* SPDX-License-Identifier: MIT */
/* Address ranges: a sorted array with the reach of each prefix. */
#include "spans.h"
#include "array.h"

#include <stdlib.h>

void spans_deinit(struct spans *spans)
{
	free(spans->list);
	*spans = (struct spans){0};
}

void spans_add(struct spans *spans, uint64_t start, uint64_t end, uint32_t item)
{
	if (end <= start)
		return;
	spans->list = array_grow(spans->list, spans->n, sizeof(*spans->list));
	spans->list[spans->n++] = (struct span){.start = start, .end = end, .item = item};
}

static int order(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

static int compare(const void *a, const void *b)
{
	const struct span *x = a, *y = b;

	if (x->start != y->start)
		return order(x->start, y->start);
	if (x->end != y->end)
		return order(y->end, x->end);
	return order(x->item, y->item);
}

void spans_sort(struct spans *spans)
{
	uint64_t reach = 0;

	if (!spans->n)
		return;
	qsort(spans->list, spans->n, sizeof(*spans->list), compare);
	for (size_t i = 0; i < spans->n; i++) {
		if (spans->list[i].end > reach)
			reach = spans->list[i].end;
		spans->list[i].reach = reach;
	}
}

/* How many spans start at or before an address. */
static size_t count_up_to(const struct spans *spans, uint64_t address)
{
	size_t low = 0, high = spans->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (spans->list[middle].start <= address)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct span *spans_find(const struct spans *spans, uint64_t address, const struct span *after)
{
	size_t i = after ? (size_t)(after - spans->list) : count_up_to(spans, address);

	while (i-- > 0 && spans->list[i].reach > address)
		if (spans->list[i].end > address)
			return &spans->list[i];
	return NULL;
}
