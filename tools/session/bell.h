/* SPDX-License-Identifier: MIT */
/* Waits for the session's bell, for a loop that polls descriptors.
 *
 * The bell is a futex in a shared file, and a futex cannot be polled; so a thread sleeps on it and passes each ring on to
 * an eventfd.
 */
#ifndef SNAG_BELL_H
#define SNAG_BELL_H

#include "libtrace/trace_format.h"

#include <pthread.h>

struct bell_waiter {
	struct trace_bell *bell;
	int fd; /* readable after a ring */
	uint32_t is_stopping;
	pthread_t thread;
};

/* Starts waiting; the waiter must stay where it is.  -1 and errno.  The thread inherits the caller's signal mask. */
int bell_waiter_init(struct bell_waiter *waiter, struct trace_bell *bell);
void bell_waiter_deinit(struct bell_waiter *waiter);

/* Makes the descriptor silent again.  Done before looking for the reason of the ring, so that no later one is missed. */
void bell_waiter_answer(struct bell_waiter *waiter);

#endif
