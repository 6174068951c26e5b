/* SPDX-License-Identifier: MIT */
/* What a core file says about itself. */
#ifndef SNAG_CORE_FILE_H
#define SNAG_CORE_FILE_H

#include <stdbool.h>

/* Whether a file is a core.  If so, *ret_program is the path of the program that left it, NULL unknown; to be freed. */
bool core_file_read(const char *path, char **ret_program);

#endif
