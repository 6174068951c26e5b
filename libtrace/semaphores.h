/* SPDX-License-Identifier: MIT */
/* What a semaphore's history makes of it: a lock, or a signal.
 *
 * One that begins with 1 is taken for a lock, held from wait to post, until somebody posts it who has not waited: then it
 * is a signal for good, and what was held of it is forgotten.
 *
 * Some code tries first, and waits when that fails: Python's locks do.  Where that has been seen, a try that succeeds might
 * as well have been a wait.
 *
 * Python's threads are detached.  The first semaphore that each makes it takes at once, and gives back as the last thing that it
 * does: who joins it takes that one.  Whether it was the last thing is judged outside.
 */
#ifndef SNAG_SEMAPHORES_H
#define SNAG_SEMAPHORES_H

#include "table.h"
#include "thread.h"

#include <semaphore.h>

enum semaphore_use { USE_UNKNOWN, USE_LOCK, USE_SIGNAL };

/* What is known of one. */
union semaphore {
	struct {
		uint32_t use : 2;	/* enum semaphore_use */
		uint32_t is_given_back : 1;	/* by who had taken it */
		uint32_t is_given_up : 1;	/* it was tried in vain, and not waited for then */
		uint32_t is_of_maker : 1;	/* who took it first */
		uint32_t is_left : 1;	/* by its maker, and not taken since */
		uint32_t n_open : 26;	/* by sem_open() */
		uint32_t stack;		/* where it was initialised */
	};
	uint64_t word;
};

extern hidden struct table semaphores;	/* address -> union semaphore */

static always_inline union semaphore semaphore_at(const uint64_t *place)
{
	return (union semaphore){.word = place ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : 0};
}

static inline union semaphore semaphore_known(const sem_t *s)
{
	return semaphore_at(table_find_near(&semaphores, (uintptr_t)s));
}

static inline enum semaphore_use semaphore_use(const sem_t *s)
{
	return semaphore_known(s).use;
}

/* Does a hold of it stand for itself: is it a lock, and no thread's end? */
static always_inline bool semaphore_is_plain_lock(union semaphore known)
{
	return known.use == USE_LOCK && !known.is_left;
}

/* Is it a lock, as all that have been given back once?  USE_SIGNAL lacks a bit of it. */
static always_inline bool semaphore_is_settled_lock(union semaphore known)
{
	const union semaphore settled = {{.use = USE_LOCK, .is_given_back = 1}};

	return (known.word & settled.word) == settled.word;
}

/* It was initialised with this value. */
void semaphore_made(struct thread *t, const sem_t *s, int value, uint32_t stack);

/* Does it come from a place that has made many signals? */
bool semaphore_is_one_of_many(const sem_t *s);

/* sem_open() returned it.  true: for the first time, and semaphore_opened_first() follows.  It has perhaps a past in other
 * processes: its value now is the best guess. */
bool semaphore_opened(const sem_t *s);
void semaphore_opened_first(sem_t *s, uint32_t stack);

/* sem_close() comes.  Is it open nowhere else in the process? */
bool semaphore_closed_last(const sem_t *s);

/* The thread has taken it, a lock.  true: its maker had left it, at the end of that segment (as in struct thread, woken_by). */
bool semaphore_taken(struct thread *t, const sem_t *s, uint64_t *ret_left);

/* The thread had taken it and gives it back, for the first time.  true: it is its maker, and leaves it. */
bool semaphore_given_back(struct thread *t, const sem_t *s);

/* It is posted by who has not taken it. */
void semaphore_is_signal(const sem_t *s);

/* The thread has tried it in vain, by a call from pc and frame. */
void semaphore_tried_in_vain(struct thread *t, const sem_t *s, uintptr_t pc, uintptr_t frame);

/* What the thread does after a try in vain: it waits for `s` in a call from `frame`, or else (NULL) has given up. */
void semaphore_after_try(struct thread *t, const sem_t *s, uintptr_t frame);

/* Is it a lock that is tried by a call from pc, and waited for if that fails? */
bool semaphore_is_insisted_on(const sem_t *s, uintptr_t pc);

/* The numbers of stacks begin anew: what was made where is not known any more. */
void semaphores_forget_places(void);

#endif
