/* SPDX-License-Identifier: MIT */
/* The session folder.
 *
 * A run begins with an empty folder, so an older session in it is removed; but nothing is removed from a folder that
 * was not made by Snag, or that another run is using.
 */
#include "session_dir.h"

#include "complain.h"

#include "../inspect/kept.h"
#include "../trace/pool.h"
#include "../trace/trials.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <json-c/json.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define DESCRIPTION_NAME "session.json"

enum { BELL_SIZE = 4096 };

static bool is_trace_name(const char *name)
{
	size_t n = strlen(name), suffix = strlen(TRACE_SUFFIX);

	return n > suffix && strcmp(name + n - suffix, TRACE_SUFFIX) == 0;
}

static bool is_ours(const char *name)
{
	static const char *const names[] = {DESCRIPTION_NAME, KEPT_NAME, TRACE_BELL_NAME, TRIALS_NAME, SESSION_DIR_STEERED,
					    SESSION_DIR_OUTPUT};
	size_t n = strlen(name), suffix = strlen(SESSION_DIR_SCHEDULE);

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (strcmp(name, names[i]) == 0)
			return true;
	return is_trace_name(name) || (n > suffix && strcmp(name + n - suffix, SESSION_DIR_SCHEDULE) == 0);
}

static DIR *list_folder(int fd)
{
	int copy = openat(fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *list = copy < 0 ? NULL : fdopendir(copy);

	if (!list && copy >= 0)
		close(copy);
	return list;
}

/* Next entry that is not the folder itself or the one above it. */
static const char *next_name(DIR *list)
{
	const struct dirent *entry;

	while ((entry = readdir(list)))
		if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
			return entry->d_name;
	return NULL;
}

/* Whether nothing in the folder would be lost by taking it over: it has only files with our names, or what only a
 * session has (a bell), whatever else was put beside it. */
static bool is_session(int fd)
{
	DIR *list = list_folder(fd);
	bool has_foreign = false, has_bell = false;
	const char *name;

	while (list && (name = next_name(list))) {
		has_foreign |= !is_ours(name);
		has_bell |= strcmp(name, TRACE_BELL_NAME) == 0;
	}
	if (list)
		closedir(list);
	return list && (has_bell || !has_foreign);
}

static int remove_session(int fd);

/* The session of a steered run, within that which it is about. */
static int remove_steered(int fd)
{
	int folder = openat(fd, SESSION_DIR_STEERED, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
	int r = folder < 0 ? -1 : remove_session(folder);

	if (folder >= 0)
		close(folder);
	return r ? r : unlinkat(fd, SESSION_DIR_STEERED, AT_REMOVEDIR);
}

static int remove_session(int fd)
{
	DIR *list = list_folder(fd);
	const char *name;
	int r = list ? 0 : -1;

	while (r == 0 && (name = next_name(list)))
		if (is_ours(name))
			r = strcmp(name, SESSION_DIR_STEERED) == 0 ? remove_steered(fd) : unlinkat(fd, name, 0);
	if (list)
		closedir(list);
	return r;
}

/* Opens the folder for this run alone; NULL, or what speaks against it. */
static const char *take_folder(const char *path, int *ret_fd)
{
	struct stat st;
	int fd;

	if (mkdir(path, 0700) && errno != EEXIST)
		return strerror(errno);
	fd = *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0 || fstat(fd, &st))
		return strerror(errno);
	if (st.st_uid != geteuid())
		return "it belongs to another user";
	if (st.st_mode & 022)
		return "others may write to it";
	if (flock(fd, LOCK_EX | LOCK_NB))
		return errno == EWOULDBLOCK ? "another run is using it" : strerror(errno);
	if (!is_session(fd))
		return "it has files that are not of a session";
	if (remove_session(fd))
		return strerror(errno);
	return NULL;
}

static struct trace_bell *make_bell(int folder)
{
	int fd = openat(folder, TRACE_BELL_NAME, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	void *bell = MAP_FAILED;

	if (fd < 0)
		return NULL;
	if ((errno = posix_fallocate(fd, 0, BELL_SIZE)) == 0)
		bell = mmap(NULL, BELL_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	close(fd);
	return bell == MAP_FAILED ? NULL : bell;
}

int session_dir_init(struct session_dir *ret_dir, const char *path, char **ret_why)
{
	struct session_dir dir = {.fd = -1};
	const char *why = take_folder(path, &dir.fd);

	if (!why) {
		dir.path = realpath(path, NULL);
		dir.bell = make_bell(dir.fd);
		if (!dir.path || !dir.bell)
			why = strerror(errno);
	}
	if (why) {
		*ret_why = format_string("%s: not used as session folder: %s (choose another with -o DIR)", path, why);
		session_dir_deinit(&dir);
		return -1;
	}
	*ret_dir = dir;
	return 0;
}

void session_dir_deinit(struct session_dir *dir)
{
	if (dir->bell)
		munmap(dir->bell, BELL_SIZE);
	if (dir->fd >= 0)
		close(dir->fd);
	free(dir->path);
}

static struct json_object *describe(char *const argv[], pid_t pid, const struct program_end *end)
{
	struct json_object *root = json_object_new_object(), *list = json_object_new_array();
	struct json_object *exit = json_object_new_object();

	for (size_t i = 0; argv[i]; i++)
		json_object_array_add(list, json_object_new_string(argv[i]));
	json_object_object_add(root, "argv", list);
	json_object_object_add(root, "pid", json_object_new_int64(pid));
	if (end->code >= 0)
		json_object_object_add(exit, "code", json_object_new_int(end->code));
	else
		json_object_object_add(exit, "signal", json_object_new_int(end->signal));
	json_object_object_add(root, "exit", exit);
	json_object_object_add(root, "end_monotonic_ns", json_object_new_uint64(end->monotonic_ns));
	return root;
}

int session_dir_describe(const struct session_dir *dir, char *const argv[], pid_t pid, const struct program_end *end)
{
	int fd = openat(dir->fd, DESCRIPTION_NAME, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	struct json_object *root = describe(argv, pid, end);
	int r = fd < 0 ? -1 : json_object_to_fd(fd, root, JSON_C_TO_STRING_PRETTY);

	json_object_put(root);
	if (fd >= 0 && close(fd))
		r = -1;
	return r;
}

char **session_dir_traces(const struct session_dir *dir, size_t *ret_n)
{
	DIR *list = list_folder(dir->fd);
	char **traces = grow_array(NULL, 1, sizeof(*traces));
	const char *name;
	size_t n = 0;

	while (list && (name = next_name(list))) {
		if (!is_trace_name(name))
			continue;
		traces = grow_array(traces, n + 2, sizeof(*traces));
		traces[n++] = format_string("%s/%s", dir->path, name);
	}
	if (list)
		closedir(list);
	traces[n] = NULL;
	*ret_n = n;
	return traces;
}

void traces_free(char **traces)
{
	for (size_t i = 0; traces[i]; i++)
		free(traces[i]);
	free(traces);
}
