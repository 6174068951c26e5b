/* SPDX-License-Identifier: MIT */
/* Where the parts of Snag lie that are not in this program. */
#ifndef SNAG_LOCATE_H
#define SNAG_LOCATE_H

/* Absolute path of the shim: SNAG_LIBTRACE in the environment, else the one of this build folder, else the installed
 * one.  NULL when there is none; to be freed. */
char *locate_shim(void);

/* Absolute path of snag-gdb.py, in the same way; NULL when there is none. */
char *locate_gdb_script(void);

#endif
