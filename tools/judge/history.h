/* SPDX-License-Identifier: MIT */
/* A full recording as one sequence: every operation of a run in an order in which all of it could have happened.
 *
 * Each thread's own order is in the recording, and of each object who came after whom.  Put together they are an order of
 * everything; which of the orders that fit does not matter.  What was recorded in part (the program was killed, the budget
 * was used up, something was lost) is followed as far as nothing is missing: that is the beginning of the run.
 */
#ifndef SNAG_HISTORY_H
#define SNAG_HISTORY_H

#include "../trace/model.h"

enum { NO_OPERATION = UINT32_MAX };

/* What a segment's beginning needs: operations of other threads that are over before, in every run. */
struct history_need {
	uint32_t operation;		/* the FULL_SEGMENT */
	uint32_t first_end, n_ends;	/* in ends[] */
};

struct history {
	const struct model *model;
	uint32_t *position;		/* by operation; NO_OPERATION: it is not reached */
	/* By operation, NO_OPERATION when there is none:
	 *   ACQUIRE         the RELEASE that ends it; itself when the thread had it already
	 *   RELEASE         the ACQUIRE by another thread that it ends; of a once by who did not run its routine: the RELEASE by
 *                   who did
	 *   SIGNAL, WOKEN   the operation on the object before it */
	uint32_t *partner;
	uint32_t *reached;		/* by thread: its operations before this one are in the sequence */
	uint32_t n_reached;		/* operations in all */
	struct history_need *needs;	/* by operation */
	uint32_t n_needs;
	uint32_t *ends;			/* all operations of that thread before this one; NO_OPERATION: that is not recorded */
	uint32_t *acquires, *first_acquire;	/* by object: those that are reached and no repetition, ascending */
	bool *is_waited_with;		/* by object: a mutex that is released for the time of a condition wait */
};

/* NULL: it was not recorded in full, or operations were lost that nothing tells of. */
struct history *history_new(const struct model *model);
void history_free(struct history *history);

uint32_t history_thread(const struct history *history, uint32_t operation);

/* The needs of a FULL_SEGMENT: from ret on, those with the same operation. */
const struct history_need *history_needs(const struct history *history, uint32_t operation);

/* The first of a thread's acquisitions of an object that is `from` or later; NO_OPERATION. */
uint32_t history_acquire(const struct history *history, uint32_t thread, uint32_t object, uint32_t from);

/* Does the thread hold the object, which only it releases, just before this operation of its own?  The acquisition, or
 * NO_OPERATION. */
uint32_t history_holds(const struct history *history, uint32_t operation, uint32_t object);

#endif
