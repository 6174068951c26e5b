/* SPDX-License-Identifier: MIT */
/* Rules lock-order-cycle, join-cycle and read-behind-writer where they came true: threads that were found waiting in a
 * circle.
 */
#include "../stuck.h"

#include "../../trace/pool.h"

#include <stdlib.h>

static bool has_join(const struct stuck *stuck)
{
	for (uint32_t i = 0; i < stuck->n; i++)
		if (stuck->parts[i].wait->kind == OBJECT_THREAD)
			return true;
	return false;
}

/* Does this one wait to read behind the next one, which waits to write? */
static bool is_behind_writer(const struct stuck *stuck, uint32_t i)
{
	const struct stuck_part *part = &stuck->parts[i], *next_part = &stuck->parts[(i + 1) % stuck->n];
	const struct wait *wait = part->wait, *next = next_part->wait;

	return part->model == next_part->model && wait->mode == MODE_READ && next->mode == MODE_WRITE &&
	       next->object == wait->object && (wait->flags & DEP_BEHIND_WRITERS);
}

/* Reports the circle with the reader as its first part. */
static void report_reader(struct inquiry *inquiry, const struct stuck *stuck, uint32_t reader)
{
	struct stuck_part *parts = zeroed_array(stuck->n, sizeof(*parts));
	struct stuck turned = *stuck;

	for (uint32_t i = 0; i < stuck->n; i++)
		parts[i] = stuck->parts[(reader + i) % stuck->n];
	turned.parts = parts;
	stuck_report(inquiry, &turned, RULE_READ_BEHIND_WRITER,
		     ": %0 lets no reader pass a writer who waits");
	free(parts);
}

static void report(struct inquiry *inquiry, const struct stuck *stuck)
{
	uint32_t reader = 0;

	while (reader < stuck->n && !is_behind_writer(stuck, reader))
		reader++;
	if (has_join(stuck))
		stuck_report(inquiry, stuck, RULE_JOIN_CYCLE, "");
	else if (stuck->n > 1 && reader < stuck->n)
		report_reader(inquiry, stuck, reader);
	else if (stuck->n > 1)
		stuck_report(inquiry, stuck, RULE_LOCK_ORDER_CYCLE, "");
}

void rule_observed(struct inquiry *inquiry)
{
	stuck_each(inquiry, report);
}
