/* SPDX-License-Identifier: MIT */
/* Steering: holds threads back at chosen places, so that a deadlock that can happen does.
 *
 * A schedule (steer_schedule.h) names the parts of a deadlock: a thread that holds this, taken there, asks for that here.
 * A thread that comes to such a place waits at a gate, until threads have come for all other parts too; then all go on, and
 * run into each other's locks.  A gate opens without that when nobody else can move any more - then waiting is in vain, and
 * what kept the parts from meeting is recorded - or when its time is over.
 *
 * Whether threads are steered is decided when the program starts, and costs nothing when they are not: hooks_steer.c has
 * every acquisition leave the hot path then.
 */
#ifndef SNAG_STEER_H
#define SNAG_STEER_H

#include "live.h"
#include "stops.h"

/* Reads the schedule that the options name.  false: threads are not to be steered. */
bool steer_init(void);

/* The thread is about to do this.  Returns when it may. */
void steer_hold_back(struct thread *t, const struct live_want *want, enum dep_op op);

static inline void steer_before(struct thread *t, const struct live_want *want, enum dep_op op)
{
	if (unlikely(switches.steers))
		steer_hold_back(t, want, op);
}

/* The calling thread has released a lock, and may be held back so that others come to take it. */
void steer_after_release(void);

/* The calling thread has signalled a condition variable. */
void steer_after_signal(void);

/* The thread does not wait any more. */
void steer_end_wait(struct thread *t);

static inline void steer_after_wait(struct thread *t)
{
	if (unlikely(switches.steers))
		steer_end_wait(t);
}

/* One more thread (1) that has not begun yet; it has, or will not (-1). */
void steer_expect_thread(int n);

/* In a forked child: nobody is at a gate. */
void steer_reset(void);

#endif
