/* SPDX-License-Identifier: MIT */
/* How much of a run has to happen when a part of it has (the sync-preserving closure; Tunç, Mathur, Pavlogiannis and
 * Viswanathan, "Sound Dynamic Deadlock Prediction in Linear Time", 2023).
 *
 * A closure is a beginning of every thread's operations.  It has what creation, joins and barriers need, a signal for every
 * thread that was woken, and of two sections of one lock that exclude each other the earlier one to its end.  Then these
 * operations, in the order of the recorded run, are a run by themselves.  Closures only grow: as more is asked for, and
 * each operation is looked at once.
 */
#ifndef SNAG_CLOSURE_H
#define SNAG_CLOSURE_H

#include "history.h"

struct closure {
	const struct history *history;
	uint32_t *end;			/* by thread: its operations before this one are in the closure */
	uint32_t *wanted;		/* by thread: these are to be in it; more than `end` only while it grows */
	uint32_t *threads, n_threads;	/* those with operations in it */
	uint32_t *work, n_work;		/* threads that have to grow */
	bool *is_at_work;		/* by thread: it is among them */
	uint32_t *writer;		/* by object: the latest exclusive section in it, or NO_OPERATION */
	uint32_t *reader;		/* by object: 1 + place in `readers` of a shared one that came after that */
	uint32_t *objects, n_objects;	/* those with sections in it */
	struct closure_reader *readers;
	uint32_t n_readers, reader_capacity;
	uint64_t steps;			/* operations that were looked at, ever */
	bool is_impossible;		/* it would need what never comes: the end of a section that is not released */
};

void closure_init(struct closure *closure, const struct history *history);
void closure_deinit(struct closure *closure);

/* Makes it empty. */
void closure_clear(struct closure *closure);

/* Puts all operations of a thread before this one into it, and everything that they need.  Returns false when there is no
 * such closure. */
bool closure_add(struct closure *closure, uint32_t thread, uint32_t end);

#endif
