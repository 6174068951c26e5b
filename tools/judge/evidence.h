/* SPDX-License-Identifier: MIT */
/* All traces of a session under one numbering, and what is known of every lock and thread in it.
 *
 * Locks and threads are numbered through the session: those of trace m begin at first_lock[m] and first_thread[m].
 * A thread's end counts among the locks: what a join waits for is the object of kind OBJECT_THREAD, and the thread
 * "holds" it all its life.
 */
#ifndef SNAG_EVIDENCE_H
#define SNAG_EVIDENCE_H

#include "table.h"

#include "../trace/model.h"

struct evidence {
	const struct session *session;
	uint32_t *first_lock, *first_thread;	/* n_models + 1 of each */
	uint32_t n_locks, n_threads;
	bool *is_handed_off;		/* by lock: somebody other than its owner has unlocked it */
	uint32_t *end_of;		/* by thread: the lock that is its end, 0 when nobody waits for that */
	uint32_t *shared_as;		/* by lock: the first that is the same one in other processes; NULL: there is none */
	bool *is_alone;			/* by lock: a lock of processes that only one of them takes: nobody waits for it */
	uint32_t *same_as;		/* by lock: the first one that is the same in all runs; NULL: each is its own */
	uint64_t **sites;		/* by trace and stack: hash of the place, 0 not computed yet */
	struct table counts;		/* in traces that met a cap: instances of a context, threads of a site */
	uint32_t *fullest_context, *fullest_site;	/* by trace: the highest of these counts; 0 the cap was not met */
};

void evidence_init(struct evidence *evidence, const struct session *session);
void evidence_deinit(struct evidence *evidence);

/* The number of a trace of the session. */
uint32_t evidence_number_of(const struct evidence *evidence, const struct model *model);

uint32_t evidence_model_of_lock(const struct evidence *evidence, uint32_t lock);
uint32_t evidence_model_of_thread(const struct evidence *evidence, uint32_t thread);

static inline const struct object *evidence_object(const struct evidence *evidence, uint32_t lock)
{
	uint32_t m = evidence_model_of_lock(evidence, lock);

	return &evidence->session->models[m]->objects[lock - evidence->first_lock[m]];
}

/* The code that took one lock at a stack (0: none) and then wanted another: the same value for stacks that end in the
 * same few calls, also in traces of other runs of the same program. */
uint64_t evidence_code(struct evidence *evidence, uint32_t model, uint32_t held_stack, uint32_t want_stack);

/* Can a thread wait for ever in this operation for something that a thread holds (or is)? */
static inline bool dep_is_blocking(const struct model *model, const struct dep *dep)
{
	return dep->op == (model->objects[dep->object].kind == OBJECT_THREAD ? OP_WAIT : OP_ACQUIRE);
}

/* The number of an object; all objects that stand for the end of one thread have the same. */
uint32_t evidence_lock(const struct evidence *evidence, uint32_t model, uint32_t object);

/* The same for what is held, which is never the end of a thread. */
static inline uint32_t evidence_held(const struct evidence *evidence, uint32_t model, uint32_t object)
{
	uint32_t lock = evidence->first_lock[model] + object;

	if (evidence->same_as)
		return evidence->same_as[lock];
	return evidence->shared_as ? evidence->shared_as[lock] : lock;
}

/* The innermost calls of a stack: the same value in traces of other runs of the same program. */
uint64_t evidence_site(struct evidence *evidence, uint32_t model, uint32_t stack);

/* The same value for objects that were made, or else first used, by the same calls. */
uint64_t evidence_class(struct evidence *evidence, uint32_t model, const struct object *object);

/* Does the thread signal a condition variable under this lock?  Perhaps to tell that it has done with it. */
bool evidence_tells(const struct evidence *evidence, uint32_t thread, uint32_t lock);

/* Was the same code left out of the trace where it took other locks, or ran in other threads of this kind?  Then what the
 * trace does not show may still be so. */
bool evidence_lacks_locks(struct evidence *evidence, uint32_t model, const struct dep *dep);
bool evidence_lacks_threads(struct evidence *evidence, uint32_t model, const struct dep *dep);

/* identity.c: from the beginning, locks that processes share have the same number in all their traces. */
void evidence_share(struct evidence *evidence);

/* identity.c: from now on locks of different traces that are the same to the program have the same number, and ends of
 * threads have none. */
void evidence_merge_runs(struct evidence *evidence);

#endif
