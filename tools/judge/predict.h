/* SPDX-License-Identifier: MIT */
/* Cycles that a full recording proves: the recorded operations have a schedule that ends in the deadlock.
 *
 * Each thread of the cycle is to stand just before it asks for its lock.  What must have happened by then is a closure
 * (closure.h).  When that has one of these requests in it, the thread's next one is tried; when it has none, the closure in
 * the order of the recorded run is the schedule.
 *
 * Memory is not recorded.  A thread could do something else in that schedule where it reads what another has not written
 * yet; but it does what it did wherever threads hand nothing on through the locks that are now taken in another order.
 * Those locks are the assumption.
 */
#ifndef SNAG_PREDICT_H
#define SNAG_PREDICT_H

#include "classify.h"
#include "closure.h"
#include "inquiry.h"

struct prediction {
	uint32_t *turns;		/* by position: as the how manieth of its kind the thread's request comes; 0 unknown */
	uint32_t *locks, n_locks;	/* taken in another order than in the recorded run */
	uint32_t n_others;		/* of these the last ones, which are no part of the cycle */
};

struct predictor {
	const struct links *links;
	struct history **histories;	/* by trace; NULL: not recorded in full */
	struct closure *closures;	/* by trace that has a history */
	uint64_t steps;			/* that may still be taken */
	uint32_t n_left;		/* cycles that were not looked at to the end for lack of steps */
	struct prediction prediction;	/* the last one */
	uint32_t *threads, *operations, capacity;	/* by position: who it is now, in its trace, and the request */
};

void predictor_init(struct predictor *predictor, const struct links *links);
/* Says in the caps if there was too much to do. */
void predictor_deinit(struct predictor *predictor, struct inquiry *inquiry);

/* Changes what a possible cycle amounts to, if the recording tells.  as->prediction is valid until the next call. */
void predict(struct predictor *predictor, const uint32_t *path, uint32_t n, struct classified *as);

/* predict_assume.c: writes down the assumptions of a finding, and adds the locks that they name. */
void prediction_assume(struct pool *pool, struct finding *finding, const struct evidence *evidence,
		       const struct prediction *prediction);

#endif
