/* SPDX-License-Identifier: MIT */
/* Waiting for another thread, but not for ever: left alone, it does what is waited for, and the story goes well.  Held back at
 * a gate before that, it needs this thread to go on; no event can tell of that.  The bound decides no verdict: it is
 * how long a steered run takes.
 */
#ifndef PATIENCE_H
#define PATIENCE_H

#include <time.h>

static inline void be_patient_a_moment(void)
{
	const struct timespec moment = {.tv_sec = 0, .tv_nsec = 10000000};

	nanosleep(&moment, NULL);
}

#define WAIT_PATIENTLY_FOR(event)                                                                                     \
	for (int i = 0; i < 3 && !(event); i++)                                                                       \
		be_patient_a_moment()

#endif
