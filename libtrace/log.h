/* SPDX-License-Identifier: MIT */
/* One line in a log when a deadlock closes: for programs that run without `snag run`. */
#ifndef SNAG_LOG_H
#define SNAG_LOG_H

#include "wait_graph.h"

/* Writes the line, if SNAG_OPTIONS asks for a log.  Safe wherever a lock can be taken; called with the cycle lock. */
void log_deadlock(const struct live_view *view, const struct wait_search *cycle);

#endif
