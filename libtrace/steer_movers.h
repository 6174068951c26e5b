/* SPDX-License-Identifier: MIT */
/* Who can still move while threads are held at gates.
 *
 * It is of no use to hold a thread back when all others are held back too, or wait for a lock that one of those has, for the
 * end of one, or to be woken by one.  Since nothing but a thread can end such waits, that is so when there is no thread that
 * runs: who waits for whom need not be known.  A wait that was ended but not left yet is none; the kernel knows.
 */
#ifndef SNAG_STEER_MOVERS_H
#define SNAG_STEER_MOVERS_H

#include "thread.h"
#include "wait_graph.h"

/* Is nobody left who could come to a gate, or wake one who could? */
bool nobody_moves(const struct live_view *view);

/* Does the kernel say that the thread sleeps?  A wait in the live table may be over, for who was woken has not run yet; or not
 * have begun, but for the words. */
bool is_asleep(uint32_t tid);

/* The first thread that waits for a lock of this one, from slot number `from` on, or WAIT_NOBODY. */
uint32_t next_waiter(const struct live_view *view, const struct thread *t, uint32_t from);

/* Somebody who waits for something else than the end of a thread, or for that at least; NULL. */
const struct live_slot *any_waiter(const struct live_view *view);

/* In a forked child: there is one thread. */
void movers_reset(void);

#endif
