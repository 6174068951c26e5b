/* SPDX-License-Identifier: MIT */
/* Programs that are started with an environment in which the shim is no longer named: nobody watches them, and whoever
 * reads the report must know.
 *
 * These run in children of vfork() and between fork() and exec, so they only look at the environment and count.  (The
 * three that take the arguments one by one, execl() and its like, are not looked at.)
 */
#include "arena.h"
#include "hooks.h"

#include <string.h>
#include <unistd.h>

/* Nobody took away what was not there: the loader may have it from /etc/ld.so.preload. */
static bool is_named_to_us;

static bool names_shim(char *const environment[])
{
	for (; environment && *environment; environment++)
		if (!strncmp(*environment, "LD_PRELOAD=", 11))
			return strstr(*environment, "libtrace.so");
	return false;
}

cold void hooks_exec_begin(void)
{
	is_named_to_us = names_shim(environ);
}

static bool goes_unwatched(char *const environment[])
{
	return is_named_to_us && !names_shim(environment);
}

/* When it succeeds nobody is left to count: it is counted before, and taken back. */
#define EXEC(name, params, args, environment)                                                                         \
	exported int name params                                                                                      \
	{                                                                                                             \
		bool is_unwatched = goes_unwatched(environment);                                                      \
		int rc;                                                                                               \
                                                                                                                      \
		if (is_unwatched)                                                                                     \
			arena_count_lost(LOST_UNWATCHED, 1);                                                          \
		rc = real.name args;                                                                                  \
		if (is_unwatched)                                                                                     \
			arena_count_lost(LOST_UNWATCHED, -1);                                                         \
		return rc;                                                                                            \
	}

EXEC(execv, (const char *path, char *const argv[]), (path, argv), environ)
EXEC(execvp, (const char *file, char *const argv[]), (file, argv), environ)
EXEC(execve, (const char *path, char *const argv[], char *const envp[]), (path, argv, envp), envp)
EXEC(execvpe, (const char *file, char *const argv[], char *const envp[]), (file, argv, envp), envp)
EXEC(fexecve, (int fd, char *const argv[], char *const envp[]), (fd, argv, envp), envp)

#define SPAWN(name)                                                                                                   \
	exported int name(pid_t *ret_pid, const char *file, const posix_spawn_file_actions_t *actions,                \
			  const posix_spawnattr_t *attributes, char *const argv[], char *const envp[])                \
	{                                                                                                             \
		int rc = real.name(ret_pid, file, actions, attributes, argv, envp);                                   \
                                                                                                                      \
		if (rc == 0 && goes_unwatched(envp))                                                                  \
			arena_count_lost(LOST_UNWATCHED, 1);                                                          \
		return rc;                                                                                            \
	}

SPAWN(posix_spawn)
SPAWN(posix_spawnp)
