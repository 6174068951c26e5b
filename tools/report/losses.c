/* SPDX-License-Identifier: MIT */
/* What is missing in a report, in words: facts that the shim lost, and traces that could not be read whole. */
#include "report.h"

#include <inttypes.h>

static const struct {
	const char *one, *many; /* after a number */
	bool can_hide;
} losses[LOST_REASONS] = {
	[LOST_NO_SPACE] = {"record found no space on the disk", "records found no space on the disk", true},
	[LOST_NO_MEMORY] = {"record found no memory", "records found no memory", true},
	[LOST_SIGNAL] = {"lock operation in a signal handler interrupted the recorder",
			 "lock operations in signal handlers interrupted the recorder", true},
	[LOST_FOREIGN] = {"lock operation was of a thread that could not be recorded",
			  "lock operations were of threads that could not be recorded", true},
	[LOST_UNWIND] = {"stack was recorded only in part", "stacks were recorded only in part", false},
	[LOST_CHILD] = {"forked child could not record", "forked children could not record", true},
	[LOST_AFTER_EXIT] = {"record after the program's end found no room",
			     "records after the program's end found no room", false},
	[LOST_UNREACHABLE] =
		{"time the trace could not grow: its file was out of reach (another user, another root folder)",
		 "times the trace could not grow: its file was out of reach (another user, another root folder)", true},
	[LOST_UNWATCHED] = {"program was started with an environment without LD_PRELOAD, and was not watched",
			    "programs were started with an environment without LD_PRELOAD, and were not watched", false},
};

/* Sums one kind of loss over all processes. */
static void count_lost(struct losses *sum, struct pool *pool, const struct session *session, enum lost_reason reason)
{
	uint64_t n = 0;

	for (uint32_t i = 0; i < session->n_models; i++)
		n += session->models[i]->lost[reason];
	if (!n)
		return;
	sum->records += n;
	sum->can_hide |= losses[reason].can_hide;
	sum->reasons[sum->n_reasons++] = pool_printf(pool, "%" PRIu64 " %s", n, n == 1 ? losses[reason].one : losses[reason].many);
}

static void count_damage(struct losses *sum, struct pool *pool, const struct model *model)
{
	if (!model->damage)
		return;
	sum->records += model->bad_records;
	sum->can_hide = true;
	sum->reasons[sum->n_reasons++] = pool_printf(pool, "%s is damaged: %s (%" PRIu64 " records left out)",
						     model->path, model->damage, model->bad_records);
}

void losses_count(struct losses *ret_losses, struct pool *pool, const struct session *session)
{
	struct losses sum = {0};

	sum.reasons = pool_new_array(pool, const char *, LOST_REASONS + session->n_models + session->n_problems);
	for (int i = 0; i < LOST_REASONS; i++)
		count_lost(&sum, pool, session, i);
	for (uint32_t i = 0; i < session->n_models; i++)
		count_damage(&sum, pool, session->models[i]);
	for (uint32_t i = 0; i < session->n_problems; i++)
		sum.reasons[sum.n_reasons++] = pool_printf(pool, "%s", session->problems[i]);
	sum.can_hide |= session->n_problems > 0;
	*ret_losses = sum;
}
