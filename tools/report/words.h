/* SPDX-License-Identifier: MIT */
/* A finding in words: its title, its story, the reason for its class, and what to do about it.
 *
 * All is plain text; a story has the marks of page.h in it.  Strings live as long as the names.
 */
#ifndef SNAG_WORDS_H
#define SNAG_WORDS_H

#include "names.h"

/* One line without a full stop: "accounts[0].lock and accounts[1].lock are taken in opposite orders". */
const char *finding_title(struct names *names, const struct finding *finding);

/* Who holds what and wants what, in whole sentences. */
const char *finding_story(struct names *names, const struct finding *finding);

/* The same without marks. */
const char *finding_story_plain(struct names *names, const struct finding *finding);

/* finding->why, with the locks' names in it. */
const char *finding_why(struct names *names, const struct finding *finding);

/* finding->assumptions[i], likewise. */
const char *finding_assumption(struct names *names, const struct finding *finding, uint32_t i);

/* What to change in the program; NULL when there is nothing to change. */
const char *finding_advice(struct names *names, const struct finding *finding);

/* What to change where this rule is broken. */
const char *rule_advice(enum rule rule);

/* What a mode is called in data ("write", "read", "token"), and behind a lock's name in a sentence (" for reading", ""). */
const char *mode_name(enum object_mode mode);
const char *mode_phrase(enum object_mode mode);

/* What a thread does to the lock that it "wants": "waits for", "asks for", "destroys". */
const char *finding_verb(const struct finding *finding, const struct finding_part *part);

/* What makes a noun agree with a number: "", or "s". */
static inline const char *plural(uint64_t n)
{
	return n == 1 ? "" : "s";
}

/* The same words, to begin a sentence or a line with: "thread 3" -> "Thread 3". */
const char *capitalised(struct names *names, const char *words);

#endif
