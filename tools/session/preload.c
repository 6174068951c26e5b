/* SPDX-License-Identifier: MIT */
/* A path of the shim that LD_PRELOAD can name. */
#include "preload.h"

#include "complain.h"

#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char separators[] = " :";

static const char *temporary_folder(void)
{
	const char *folder = getenv("TMPDIR");

	return folder && *folder == '/' && !strpbrk(folder, separators) ? folder : "/tmp";
}

char *preload_path(const char *shim)
{
	char *folder, *path;

	if (!strpbrk(shim, separators))
		return strdup(shim);
	folder = format_string("%s/snag.XXXXXX", temporary_folder());
	if (!mkdtemp(folder)) {
		free(folder);
		return NULL;
	}
	path = format_string("%s/libtrace.so", folder);
	if (symlink(shim, path)) {
		rmdir(folder);
		free(path);
		path = NULL;
	}
	free(folder);
	return path;
}

void preload_forget(char *path, const char *shim)
{
	if (path && strcmp(path, shim) != 0) {
		unlink(path);
		rmdir(dirname(path));
	}
	free(path);
}
