/* SPDX-License-Identifier: MIT */
/* What the judge concluded: findings, each with a rule, a class and the threads and locks that make it.
 *
 * The judge works on models alone; names and lines come later, from symbols, for what is printed.
 */
#ifndef SNAG_FINDING_H
#define SNAG_FINDING_H

#include "../trace/model.h"

enum rule {
#define RULE(id, name, summary) RULE_##id,
#include "rules.def"
#undef RULE
	RULES
};

/* Strongest evidence first. */
enum finding_class {
	CLASS_OBSERVED,
	CLASS_CONFIRMED,
	CLASS_PREDICTED,
	CLASS_POSSIBLE,
	CLASS_ORDERED,
	CLASS_GUARDED,
	CLASS_SINGLE_THREAD,
	CLASSES
};

enum severity { SEVERITY_ERROR, SEVERITY_WARNING, SEVERITY_NOTE, SEVERITIES };

/* A lock that a finding speaks of. */
struct finding_lock {
	const struct model *model;
	uint32_t object;		/* into model->objects; 0: only the address is known */
	uint64_t address;
	enum object_kind kind;
};

struct finding_held {
	struct finding_lock lock;
	enum object_mode mode;
	uint32_t stack;			/* where it was taken, into model->stacks */
};

/* A thread's part.  In a cycle, the part that follows holds (or is) what this one wants; the last wants what the first
 * holds. */
struct finding_part {
	const struct model *model;
	uint32_t thread;		/* into model->threads, 0 unknown */
	bool has_want;
	struct finding_lock want;
	enum object_mode want_mode;
	uint32_t want_flags;		/* enum dep_flag */
	uint32_t want_stack;
	const char *doing;		/* observed, without a want: what it does instead, in words; NULL unknown */
	uint64_t since_ns;		/* observed: CLOCK_MONOTONIC, 0 unknown */
	struct finding_held *holds;	/* oldest first */
	uint32_t n_holds;
	int cycle_hold;			/* in a cycle: which of `holds` the part before wants; -1 for a join */
	uint32_t turn;			/* predicted: as the how manieth time that the thread does this; 0 unknown */
};

struct finding {
	enum rule rule;
	enum finding_class class;
	enum severity severity;
	char *why;			/* the reason for the class, a sentence in words; lock names as %N for locks[N] */
	struct finding_lock *locks;	/* cycle locks first, in order; then others that `why` names (a gate, say) */
	uint32_t n_locks;
	char **assumptions;		/* CLASS_PREDICTED: what has to be so; lock names as in `why` */
	uint32_t n_assumptions;
	struct finding_part *parts;
	uint32_t n_parts;
	uint64_t count;			/* instances with the same signature */
};

struct verdict {
	struct finding *findings;	/* sorted: severity, class, rule, then signature */
	uint32_t n_findings;
	char **caps;			/* limits that were met while recording or judging, a sentence each */
	uint32_t n_caps;
	struct pool *memory;
};

/* Judges all traces of a session.  Never fails: what could not be judged is in caps. */
struct verdict *judge(const struct session *session);
void verdict_free(struct verdict *verdict);

const char *rule_name(enum rule rule);		/* "lock-order-cycle": never changes once released */
const char *rule_summary(enum rule rule);
const char *class_name(enum finding_class class);	/* "observed" */
const char *severity_name(enum severity severity);	/* "error" */

#endif
