/* SPDX-License-Identifier: MIT */
/* Rule nobody-to-wake: all threads of a process wait, and none for another in a circle: a wake-up was lost, or never sent. */
#include "standstill.h"

#include <stdlib.h>

static void report(struct inquiry *inquiry, const struct standstill *standstill)
{
	const struct model *model = standstill->waits->model;
	uint32_t *threads, n = 0;

	if (standstill->outer != UINT32_MAX)
		return; /* nested-monitor says why */
	threads = zeroed_array(model->n_live, sizeof(*threads));
	/* Who waits for another's end says least about the cause. */
	for (int joins = 0; joins <= 1; joins++)
		for (uint32_t i = 0; i < model->n_live; i++)
			if (!model->live[i].is_ended && (model->live[i].wait.kind == OBJECT_THREAD) == joins)
				threads[n++] = i;
	standstill_report(inquiry, standstill, RULE_NOBODY_TO_WAKE, threads, n);
	free(threads);
}

void rule_nobody_to_wake(struct inquiry *inquiry)
{
	standstill_each(inquiry, report);
}
