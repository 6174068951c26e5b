/* SPDX-License-Identifier: MIT */
/* What a cycle amounts to: the class it gets, and everything that the reason for it is told from. */
#ifndef SNAG_CLASSIFY_H
#define SNAG_CLASSIFY_H

#include "choice.h"
#include "exchange.h"
#include "finding.h"
#include "matching.h"

/* What speaks against a cycle that is possible otherwise. */
enum doubt {
	DOUBT_NONE,
	DOUBT_FORKED,			/* its parts were seen in processes of which one was forked */
	DOUBT_CAPPED,			/* it would have another class, but the trace does not have all cases */
	DOUBT_UNDECIDED,		/* there were too many instances to compare */
	DOUBT_TIMED,			/* a wait in it ends by itself */
	DOUBT_TRIED,			/* a lock of it was tried, by code that may wait for it */
	DOUBT_SEMAPHORE,		/* a lock of it is a semaphore: others may post it */
	DOUBT_HAND_OFF,			/* a lock of it is unlocked by others than its owner */
	DOUBT_HANDED_ON,		/* one part was done before a signal, another begun after a wait for it */
	DOUBT_WOKEN,			/* in this run a thread was woken from a futex between any two parts */
	DOUBT_TOLD,			/* a thread is joined under the lock under which it tells that it is done */
};

struct classified {
	enum finding_class class;
	enum severity severity;
	enum doubt doubt;
	uint32_t doubt_lock;		/* from DOUBT_TIMED on: the lock */
	uint32_t gate;			/* CLASS_GUARDED: the lock */
	uint32_t first, second;		/* CLASS_ORDERED: positions of the earlier link and the later one */
	enum order_reason reason;	/* CLASS_ORDERED */
	const struct prediction *prediction;	/* CLASS_PREDICTED */
	uint32_t hand_off;		/* CLASS_POSSIBLE that would be predicted, but for this lock */
	uint32_t n_threads;		/* CLASS_SINGLE_THREAD: how many there are for these links */
	struct instance *instances;	/* by position: the threads that are shown */
};

struct classifier {
	const struct links *links;
	struct order order, order_of_run;
	struct matching matching;
	struct choice choice, choice_of_run;
	struct exchanges exchanges;
	uint64_t steps;			/* that choosing may still take */
	struct instance *instances;	/* those of the last cycle */
	uint32_t capacity;
};

void classifier_init(struct classifier *classifier, const struct links *links);
void classifier_deinit(struct classifier *classifier);

/* ret->instances is valid until the next call. */
void classify(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret);

#endif
