/* SPDX-License-Identifier: MIT */
/* The files of /proc, as far as more than one file of this room reads them. */
#include "proc.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

ssize_t proc_read(int folder, const char *name, char *to, size_t size)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	size_t done = 0;
	ssize_t n = -1;

	if (fd < 0)
		return -1;
	while (done + 1 < size && (n = read(fd, to + done, size - 1 - done)) > 0)
		done += (size_t)n;
	close(fd);
	to[done] = '\0';
	return n < 0 ? -1 : (ssize_t)done;
}

char *proc_text(int folder, const char *name)
{
	int fd = openat(folder, name, O_RDONLY | O_CLOEXEC);
	char *text = NULL;
	size_t size = 0;
	ssize_t n = fd < 0 ? -1 : 1;

	while (n > 0) {
		text = grow_array(text, size + SMALL_FILE, 1);
		n = read(fd, text + size, SMALL_FILE - 1);
		size += n > 0 ? (size_t)n : 0;
	}
	if (fd >= 0)
		close(fd);
	if (n == 0 && size) {
		text[size] = '\0';
		return text;
	}
	free(text);
	return NULL;
}

const char *proc_field(const char *status, const char *name)
{
	const char *found = strstr(status, name);

	return found ? found + strlen(name) : "";
}

char proc_state(const char *status)
{
	return *proc_field(status, "\nState:\t");
}

bool proc_parse_mapping(char *line, struct mapping *ret)
{
	unsigned major, minor;
	char permissions[5] = "";
	int path = 0;

	line[strcspn(line, "\n")] = '\0';
	if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %4s %" SCNx64 " %x:%x %" SCNu64 " %n", &ret->start, &ret->end,
		   permissions, &ret->offset, &major, &minor, &ret->inode, &path) < 7)
		return false;
	ret->device = makedev(major, minor);
	ret->is_shared = permissions[3] == 's';
	ret->path = path && line[path] == '/' ? line + path : "";
	return true;
}

const char *proc_describe(struct pool *pool, uint32_t tid)
{
	char path[32], *status;
	const char *name, *thread_of = "";
	uint32_t pid;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", tid);
	status = proc_text(AT_FDCWD, path);
	if (!status)
		return pool_printf(pool, "process %" PRIu32, tid);
	name = proc_field(status, "Name:\t");
	pid = (uint32_t)strtoul(proc_field(status, "\nTgid:"), NULL, 10);
	if (pid != tid)
		thread_of = pool_printf(pool, "thread %" PRIu32 " of ", tid);
	name = pool_printf(pool, "%sprocess %" PRIu32 " (%.*s)", thread_of, pid, (int)strcspn(name, "\n"), name);
	free(status);
	return name;
}

/* "4711 4712 " */
static void add_children(uint32_t pid, const char *tid, uint32_t **children, uint32_t *n)
{
	char path[320], *text, *at, *end;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task/%s/children", pid, tid);
	text = at = proc_text(AT_FDCWD, path);
	if (!text)
		return;
	for (unsigned long child = strtoul(at, &end, 10); end != at; child = strtoul(at, &end, 10)) {
		*children = grow_array(*children, *n + 1, sizeof(**children));
		(*children)[(*n)++] = (uint32_t)child;
		at = end;
	}
	free(text);
}

uint32_t *proc_children(uint32_t pid, uint32_t *ret_n)
{
	uint32_t *children = NULL;
	const struct dirent *entry;
	char path[32];
	DIR *tasks;

	*ret_n = 0;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/task", pid);
	tasks = opendir(path);
	while (tasks && (entry = readdir(tasks)))
		if (entry->d_name[0] != '.')
			add_children(pid, entry->d_name, &children, ret_n);
	if (tasks)
		closedir(tasks);
	return children;
}
