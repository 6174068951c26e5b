/* SPDX-License-Identifier: MIT */
/* What a prediction rests on, in words.
 *
 * Grade A: only the cycle's own locks are taken in another order.  Grade B: others too, and a program may hand something on
 * through them.
 */
#include "draft.h"
#include "predict.h"

#include <string.h>

enum { MAX_NAMED = 4 };

/* "%2, %3 and 5 more" */
static char *name_locks(struct pool *pool, struct finding *finding, const struct evidence *evidence, const uint32_t *locks,
			uint32_t n)
{
	uint32_t n_named = n < MAX_NAMED ? n : MAX_NAMED;
	char *text = pool_printf(pool, "%s", "");

	for (uint32_t i = 0; i < n_named; i++)
		text = pool_printf(pool, "%s%s%%%u", text, i == 0 ? "" : i + 1 == n ? " and " : ", ",
				   draft_add_lock(finding, draft_lock_numbered(evidence, locks[i])));
	return n_named < n ? pool_printf(pool, "%s and %u more", text, n - n_named) : text;
}

static void make_room(struct pool *pool, struct finding *finding)
{
	struct finding_lock *locks = pool_new_array(pool, struct finding_lock, finding->n_locks + MAX_NAMED + 1);

	memcpy(locks, finding->locks, finding->n_locks * sizeof(*locks));
	finding->locks = locks;
}

void prediction_assume(struct pool *pool, struct finding *finding, const struct evidence *evidence,
		       const struct prediction *prediction)
{
	uint32_t n_own = prediction->n_locks - prediction->n_others;

	make_room(pool, finding);
	finding->assumptions = pool_new_array(pool, char *, 2);
	finding->assumptions[0] = pool_printf(pool, "what these threads do does not depend on who takes a lock of the cycle "
						    "first.");
	finding->n_assumptions = 1;
	if (prediction->n_others)
		finding->assumptions[finding->n_assumptions++] = pool_printf(
			pool, "nothing is handed on through %s (grade B: locks that are no part of the cycle).",
			name_locks(pool, finding, evidence, prediction->locks + n_own, prediction->n_others));
	else
		finding->assumptions[finding->n_assumptions++] =
			pool_printf(pool, "no other lock is taken in another order than it was (grade A).");
}
