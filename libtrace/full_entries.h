/* SPDX-License-Identifier: MIT */
/* Full recording: how many entries a thread has, and how long. */
#ifndef SNAG_FULL_ENTRIES_H
#define SNAG_FULL_ENTRIES_H

#include "thread.h"

/* A piece begins: the thread has entries for it.  false: no memory.  One thread at a time. */
bool full_entries_renew(struct full_stream *stream);

#endif
