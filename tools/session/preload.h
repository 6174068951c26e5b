/* SPDX-License-Identifier: MIT */
/* A path of the shim that LD_PRELOAD can name: the loader splits it at blanks and colons, and knows no escape. */
#ifndef SNAG_PRELOAD_H
#define SNAG_PRELOAD_H

/* The path itself, or that of a link to it in a new private folder.  NULL with errno; to be given to preload_forget(). */
char *preload_path(const char *shim);

/* Frees a path; removes the link and its folder if there is one.  No program may want to load it any more. */
void preload_forget(char *path, const char *shim);

#endif
