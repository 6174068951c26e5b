/* SPDX-License-Identifier: MIT */
/* Which file lies at an address: objects that processes share are known by it, since each may have it somewhere else.
 *
 * Shared memory without a name is a file, too: the kernel gives each a device and an inode.
 */
#ifndef SNAG_MAPPINGS_H
#define SNAG_MAPPINGS_H

#include "trace_format.h"

#include <limits.h>
#include <stdbool.h>

/* Asks the kernel for the shared mapping that an address lies in: fills device, inode, offset and path_size of *ret_file,
 * and the path with its NUL.  false: there is none, or the kernel does not say.  One call at a time. */
bool mapping_find(uint64_t address, struct record_file *ret_file, char ret_path[PATH_MAX]);

#endif
