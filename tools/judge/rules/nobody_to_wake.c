/* SPDX-License-Identifier: MIT */
/* Rule nobody-to-wake: all threads of a process wait, and none for another in a circle: a wake-up was lost, or never sent. */
#include "../standstill.h"

#include <stdlib.h>

static bool is_join(const struct sleeper *sleeper)
{
	return sleeper->model->live[sleeper->live].wait.kind == OBJECT_THREAD;
}

static void report(struct inquiry *inquiry, const struct standstill *standstill)
{
	struct sleeper *sleepers;
	const struct sleeper *sleeper;
	const struct dep *signal;
	uint32_t n = 0;

	/* Other rules say why. */
	if (standstill->outer_waits || standstill_is_starved(inquiry, standstill, &sleeper, &signal) ||
	    standstill_find_lost(standstill, &sleeper, &signal))
		return;
	sleepers = zeroed_array(standstill->n, sizeof(*sleepers));
	/* Who waits for another's end says least about the cause. */
	for (int joins = 0; joins <= 1; joins++)
		for (uint32_t i = 0; i < standstill->n; i++)
			if (is_join(&standstill->sleepers[i]) == joins)
				sleepers[n++] = standstill->sleepers[i];
	standstill_report(inquiry, standstill, RULE_NOBODY_TO_WAKE, sleepers, n);
	free(sleepers);
}

void rule_nobody_to_wake(struct inquiry *inquiry)
{
	standstill_each(inquiry, report);
}
