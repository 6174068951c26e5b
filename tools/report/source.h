/* SPDX-License-Identifier: MIT */
/* A few lines of a source file, when it is there. */
#ifndef SNAG_SOURCE_H
#define SNAG_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

enum { SOURCE_CONTEXT = 1, SOURCE_LINES = 2 * SOURCE_CONTEXT + 1 };

struct source_excerpt {
	uint32_t first;		   /* number of lines[0] */
	uint32_t n;		   /* 0: the file is not there, or has no such line */
	char *lines[SOURCE_LINES]; /* tabs expanded, without the newline */
	bool is_newer;		   /* the file was changed after the module was built: lines may have moved */
};

/* Where a source file is, as it is best written here: relative to the current folder when it lies in it.  It is looked for
 * in the folders above the module and in the current one.  NULL when it is not there; to be freed. */
char *source_find(const char *file, const char *module_path);

/* The lines around `line` of the file at `path`, which was compiled into the module; NULL stands for no file. */
void source_read(const char *path, uint32_t line, const char *module_path, struct source_excerpt *ret_excerpt);
void source_deinit(struct source_excerpt *excerpt);

#endif
