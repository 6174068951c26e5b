/* SPDX-License-Identifier: MIT */
/* Where the parts of Snag lie that are not in this program.
 *
 * In a build folder this program is tools/snag, beside libtrace/libtrace.so and gdb-scripts/snag-gdb.py.  Installed, each
 * is in a private folder that the build has fixed.
 */
#include "locate.h"

#include "complain.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* The folder above the one this program is in, or NULL. */
static char *build_folder(void)
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

/* `file` of this build folder, else of the folder it is installed in. */
static char *locate(const char *folder_in_build, const char *installed, const char *file)
{
	char *build = build_folder(), *folder = build ? format_string("%s/%s", build, folder_in_build) : NULL;
	char *path = folder ? find(folder, file) : NULL;

	free(folder);
	free(build);
	return path ? path : find(installed, file);
}

char *locate_shim(void)
{
	const char *env = getenv("SNAG_LIBTRACE");

	if (env && *env)
		return access(env, R_OK) == 0 ? realpath(env, NULL) : NULL;
	return locate("libtrace", SNAG_PRIVATE_LIBDIR, "libtrace.so");
}

char *locate_gdb_script(void)
{
	return locate("gdb-scripts", SNAG_GDB_DIR, "snag-gdb.py");
}
