/* SPDX-License-Identifier: MIT */
/* Code address -> frames, the inlined ones included. */
#ifndef SNAG_FRAMES_H
#define SNAG_FRAMES_H

#include "binary.h"
#include "symbols.h"

/* `address` is one of the file; `offset` is what the frames are to say (one more for a return address).  The frames live
 * in the binary's pool; there is at least one. */
const struct frame *frames_at(struct binary *binary, uint64_t address, uint64_t offset, size_t *ret_n);

#endif
