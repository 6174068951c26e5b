/* SPDX-License-Identifier: MIT */
/* Random delays, to see orders of operations that a plain run does not show.
 *
 * As in rr's chaos mode and in PCT it is not each operation that is delayed alike: for some steps in a row a thread is slow,
 * and the others get ahead of it.  Which steps those are is decided by a seed, the thread, and how many steps it has made.
 */
#ifndef SNAG_STEER_PERTURB_H
#define SNAG_STEER_PERTURB_H

#include "thread.h"

/* The calling thread is about to do something to a lock, or has done it.  Perhaps it is delayed. */
void perturb(const struct thread *t, uint64_t seed);

#endif
