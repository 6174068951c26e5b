/* SPDX-License-Identifier: MIT */
/* What the shim has written of a target that runs under it. */
#ifndef SNAG_RECORDING_H
#define SNAG_RECORDING_H

#include "target.h"

/* The trace that the target writes, or wrote; NULL when it runs without the shim, or nothing of it can be read. */
struct model *recording_read(const struct target *target);

/* Brings together what the shim wrote and what was seen: of each thread what the kernel says, of locks what the shim
 * says, and what either knows alone.  Changes `recorded`, which then stands for the target as it is now; `seen` stays as
 * it is.  The target is asked for threads that were recorded and not seen; NULL: they have ended. */
void recording_join(struct model *recorded, const struct model *seen, const struct target *target);

#endif
