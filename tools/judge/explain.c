/* SPDX-License-Identifier: MIT */
/* Says why a cycle can happen, or why it cannot, so that a tired reader understands it at once.  %N stands for the N-th
 * lock of the finding; lock i is held by part i and wanted by the part before it.
 */
#include "draft.h"
#include "explain.h"

static char *hand_off_why(struct pool *pool, struct finding *finding, const struct evidence *evidence,
			  const struct classified *as)
{
	uint32_t lock = draft_add_lock(finding, draft_lock_numbered(evidence, as->hand_off));

	return pool_printf(pool,
			   "No lock is held around two of these parts, and none is over before another begins. There is "
			   "a schedule that deadlocks, if threads that take %%%u in another order do the same: it is used "
			   "with a condition variable, so they may not.",
			   lock);
}

static char *predicted_why(struct pool *pool)
{
	return pool_printf(pool, "The recorded operations can run in another order, in which each of these threads gets as "
				 "far as this and none can go on.");
}

static char *possible_why(struct pool *pool, struct finding *finding, const struct evidence *evidence,
			  const struct classified *as)
{
	uint32_t lock = 0;

	if (as->hand_off)
		return hand_off_why(pool, finding, evidence, as);
	if (as->doubt >= DOUBT_TIMED)
		lock = draft_add_lock(finding, draft_lock_numbered(evidence, as->doubt_lock));
	switch (as->doubt) {
	case DOUBT_FORKED:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, but they were seen in different processes, "
				   "and one that was forked need not do what its parent does.");
	case DOUBT_CAPPED:
		return pool_printf(pool,
				   "A gate or the order of threads may keep these parts from meeting, but that is "
				   "not certain: this code did so more often than the recording keeps.");
	case DOUBT_UNDECIDED:
		return pool_printf(pool,
				   "The order of threads may keep these parts from meeting, but that is not certain: "
				   "there are too many threads to compare them all.");
	case DOUBT_TIMED:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, but the wait for %%%u has a time limit, "
				   "so it would end by itself.",
				   lock);
	case DOUBT_TRIED:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, but %%%u was only tried for, and was free. The same "
				   "code was seen to wait for a semaphore that was not.",
				   lock);
	case DOUBT_SEMAPHORE:
		return pool_printf(
			pool,
			"Nothing keeps these parts from meeting, but %%%u is a semaphore, which any thread may "
			"post.",
			lock);
	case DOUBT_HAND_OFF:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, unless %%%u does: it is released by "
				   "threads that do not own it, and may be a signal between them.",
				   lock);
	case DOUBT_HANDED_ON:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, unless %%%u does: one thread had done its part "
				   "when it first signalled there, and another began its own after it had waited there. "
				   "Perhaps the one hands on to the other.",
				   lock);
	case DOUBT_WOKEN:
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting, unless %%%u does: in this run one was done before "
				   "a thread was woken that slept there, and another begun after that. Perhaps the one hands on "
				   "to the other; perhaps it was chance.",
				   lock);
	case DOUBT_TOLD:
		return pool_printf(pool,
				   "The thread that is joined signals a condition variable under %%%u, perhaps to tell "
				   "that it has done with that lock. If it is joined only afterwards, these parts do not "
				   "meet.",
				   lock);
	default:
		if (evidence->same_as)
			return pool_printf(pool,
					   "Nothing keeps these parts from meeting in one run: no lock is held around two of "
					   "them. They were seen in different runs.");
		return pool_printf(pool,
				   "Nothing keeps these parts from meeting: no lock is held around two of them, and "
				   "none is over before another begins.");
	}
}

static char *ordered_why(struct pool *pool, const struct finding *finding, const struct classified *as)
{
	uint32_t earlier = (as->first + 1) % finding->n_parts, later = (as->second + 1) % finding->n_parts;

	switch (as->reason) {
	case ORDER_CREATED:
		return pool_printf(pool,
				   "In every run the wait for %%%u is over before the thread that waits for %%%u is "
				   "created.",
				   earlier, later);
	case ORDER_JOINED:
		return pool_printf(pool,
				   "In every run the thread that waits for %%%u has ended and been joined before the "
				   "wait for %%%u begins.",
				   earlier, later);
	default:
		return pool_printf(pool, "In every run the wait for %%%u is over before the wait for %%%u begins.",
				   earlier, later);
	}
}

static char *guarded_why(struct pool *pool, struct finding *finding, const struct evidence *evidence,
			 const struct classified *as)
{
	uint32_t gate = draft_add_lock(finding, draft_lock_numbered(evidence, as->gate));

	return pool_printf(pool, "%%%u is held around %s, so only one thread at a time can be there.", gate,
			   finding->n_parts == 2 ? "both" : "two of them");
}

static char *single_thread_why(struct pool *pool, const struct finding *finding, const struct classified *as)
{
	if (as->n_threads == 1)
		return pool_printf(pool,
				   "One thread did all of this, and it cannot meet itself. It becomes possible when "
				   "a second thread runs this code.");
	return pool_printf(pool, "It takes %u threads at the same time, and only %u did this.", finding->n_parts,
			   as->n_threads);
}

char *explain(struct pool *pool, struct finding *finding, const struct evidence *evidence, const struct classified *as)
{
	switch (as->class) {
	case CLASS_ORDERED:
		return ordered_why(pool, finding, as);
	case CLASS_GUARDED:
		return guarded_why(pool, finding, evidence, as);
	case CLASS_PREDICTED:
		return predicted_why(pool);
	case CLASS_SINGLE_THREAD:
		return single_thread_why(pool, finding, as);
	default:
		return possible_why(pool, finding, evidence, as);
	}
}
