/* SPDX-License-Identifier: MIT */
/* What is said of each rule: a row of sentences, into which words.c fills the names.  In a sentence stands
 *
 *   %0 %1 ...  the finding's locks          %L  the locks of its circle, the first part's first
 *   %T         its first thread             %U  its last thread
 *   %N         how many threads it has      %%  a percent sign
 */
#ifndef SNAG_RULE_WORDS_H
#define SNAG_RULE_WORDS_H

#include "../judge/finding.h"

struct rule_words {
	const char *title;	     /* it can happen, or it was a single act */
	const char *title_many;	     /* the same for more than two threads; NULL: as title */
	const char *title_stuck;     /* threads are in it; NULL: as title */
	const char *title_lockless;  /* its one thread waits for no lock; NULL: as title */
	const char *does, *did;	     /* what a thread does, or did, to the lock that it "wants" */
	const char *last_did;	     /* what the last thread did; NULL: the same as the others */
	const char *holds;	     /* how the holder has the lock; NULL: "holds" */
	const char *can_end, *ended; /* what comes of it, to end the story with */
	const char *advice;
	const char *advice_siblings; /* for locks that are of one kind; NULL: as advice */
	const char *advice_about[OBJECT_KINDS]; /* for who waits for this (OBJECT_NONE: for nothing that has a kind);
						 * NULL: nothing of its own.  Where none of them is said it is as advice */
};

extern const struct rule_words rule_words[RULES];

#endif
