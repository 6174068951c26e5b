/* SPDX-License-Identifier: MIT */
/* Where the parts of Snag lie that are not in this program.
 *
 * In a build folder this program is tools/snag, beside libtrace/libtrace.so and gdb-scripts/snag-gdb.py.  Installed, each
 * is in a private folder that the build has fixed, below the prefix; which may have moved, and this program with it.
 */
#include "locate.h"

#include "complain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder above the one this program is in, or NULL. */
static char *folder_above(void)
{
	char exe[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof(exe) - 1);

	if (n <= 0)
		return NULL;
	exe[n] = '\0';
	for (int i = 0; i < 2 && strrchr(exe, '/'); i++)
		*strrchr(exe, '/') = '\0';
	return strdup(exe);
}

/* The real path of folder/file when it can be read, else NULL. */
static char *find(const char *folder, const char *file)
{
	char *path = format_string("%s/%s", folder, file), *real = realpath(path, NULL);

	free(path);
	if (real && access(real, R_OK) == 0)
		return real;
	free(real);
	return NULL;
}

/* `file` of a folder below this one. */
static char *find_below(const char *above, const char *below, const char *file)
{
	char *folder = format_string("%s/%s", above, below), *path = find(folder, file);

	free(folder);
	return path;
}

/* `file` of the build folder, of the prefix around this program, or of the one that the build has fixed. */
static char *locate(const char *in_build, const char *in_prefix, const char *file)
{
	char *above = folder_above(), *path = above ? find_below(above, in_build, file) : NULL;

	if (!path && above)
		path = find_below(above, in_prefix, file);
	free(above);
	return path ? path : find_below(SNAG_PREFIX, in_prefix, file);
}

char *locate_shim(void)
{
	const char *env = getenv("SNAG_LIBTRACE");

	if (env && *env)
		return access(env, R_OK) == 0 ? realpath(env, NULL) : NULL;
	return locate("libtrace", SNAG_SHIM_DIR, "libtrace.so");
}

char *locate_gdb_script(void)
{
	return locate("gdb-scripts", SNAG_SCRIPTS_DIR, "snag-gdb.py");
}
