/* SPDX-License-Identifier: MIT */
/* Random delays, to see orders of operations that a plain run does not show.
 *
 * As in rr's chaos mode and in PCT it is not each operation that is delayed alike: for some steps in a row a thread is slow,
 * and the others get ahead of it.  Which steps those are is decided by a seed, the thread, and how many steps it has made.
 * When a schedule says which locks are those of deadlocks, only what is done to them is a step.
 */
#ifndef SNAG_STEER_PERTURB_H
#define SNAG_STEER_PERTURB_H

#include "live.h"

/* Reads the schedule that the options name, if they do.  Threads are not held back by it. */
void perturb_init(void);

/* The calling thread is about to do this, or has released a lock.  Perhaps it is delayed. */
void perturb_before(struct thread *t, const struct live_want *want);
void perturb_after_release(struct thread *t);

/* In a forked child: nobody has the lock. */
void perturb_reset(void);

#endif
