/* SPDX-License-Identifier: MIT */
/* What a cycle amounts to: the class it gets, and everything that the reason for it is told from. */
#ifndef SNAG_CLASSIFY_H
#define SNAG_CLASSIFY_H

#include "finding.h"
#include "matching.h"
#include "order.h"

/* What speaks against a cycle that is possible otherwise. */
enum doubt {
	DOUBT_NONE,
	DOUBT_CAPPED,			/* order or a gate may keep it apart, but the trace does not have all instances */
	DOUBT_UNDECIDED,		/* there were too many instances to compare */
	DOUBT_TIMED,			/* a wait in it ends by itself */
	DOUBT_HAND_OFF,			/* a lock of it is unlocked by others than its owner, or is a semaphore */
};

struct classified {
	enum finding_class class;
	enum severity severity;
	enum doubt doubt;
	uint32_t doubt_lock;		/* DOUBT_TIMED, DOUBT_HAND_OFF */
	uint32_t gate;			/* CLASS_GUARDED: the lock */
	uint32_t first, second;		/* CLASS_ORDERED: positions of the earlier link and the later one */
	enum order_reason reason;	/* CLASS_ORDERED */
	uint32_t n_threads;		/* CLASS_SINGLE_THREAD: how many there are for these links */
	struct instance *instances;	/* by position: the threads that are shown */
};

struct classifier {
	const struct links *links;
	struct order order;
	struct matching matching;
	uint64_t pairs;			/* pairs of instances it may still compare */
	struct instance *instances;	/* scratch */
	uint32_t *choice, capacity;
	const struct past **pasts;
};

void classifier_init(struct classifier *classifier, const struct links *links);
void classifier_deinit(struct classifier *classifier);

/* ret->instances is valid until the next call. */
void classify(struct classifier *classifier, const uint32_t *path, uint32_t n, struct classified *ret);

#endif
