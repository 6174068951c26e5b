/* SPDX-License-Identifier: MIT */
/* The watched processes: which are alive, and ending them. */
#include "watched.h"

#include "../trace/pool.h"
#include "complain.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_MOMENTS = 25 };	/* of 2 ms, for threads to fall asleep */

bool trace_header_read(const char *path, struct trace_header *ret_header)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	ssize_t n = fd < 0 ? -1 : pread(fd, ret_header, sizeof(*ret_header), 0);

	if (fd >= 0)
		close(fd);
	return n == sizeof(*ret_header) && memcmp(ret_header->magic, TRACE_MAGIC, sizeof(ret_header->magic)) == 0 &&
	       ret_header->version == TRACE_VERSION;
}

bool process_writes(pid_t pid, const char *trace)
{
	char *path = format_string("/proc/%d/maps", (int)pid), *line = NULL, *name;
	FILE *maps = fopen(path, "re");
	bool found = false;
	size_t size = 0;

	free(path);
	while (maps && !found && getline(&line, &size, maps) >= 0) {
		line[strcspn(line, "\n")] = '\0';
		name = strchr(line, '/');
		found = name && strcmp(name, trace) == 0;
	}
	free(line);
	if (maps)
		fclose(maps);
	return found;
}

bool process_is_gone(pid_t pid)
{
	char path[32], byte;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/maps", (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT || errno == ESRCH;
	n = read(fd, &byte, 1);
	close(fd);
	return n == 0;
}

/* The state of a thread follows its name, which may be anything. */
static bool is_running(pid_t pid, const char *tid)
{
	char path[64], stat[512];
	const char *state;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%.16s/stat", (int)pid, tid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? 0 : read(fd, stat, sizeof(stat) - 1);
	if (fd >= 0)
		close(fd);
	stat[n > 0 ? n : 0] = '\0';
	state = strrchr(stat, ')');
	return state && strncmp(state, ") R", 3) == 0;
}

static bool has_running(pid_t pid)
{
	char path[32];
	const struct dirent *entry;
	bool found = false;
	DIR *tasks;

	snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
	tasks = opendir(path);
	while (tasks && !found && (entry = readdir(tasks)))
		found = is_running(pid, entry->d_name);
	if (tasks)
		closedir(tasks);
	return found;
}

void process_let_sleep(pid_t pid)
{
	const struct timespec moment = {.tv_nsec = 2000000};

	for (int i = 0; i < MAX_MOMENTS && has_running(pid); i++)
		nanosleep(&moment, NULL);
}

bool ending_add(struct ending *ending, pid_t pid, const char *trace)
{
	int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);

	if (pidfd < 0)
		return false;
	if (trace && !process_writes(pid, trace)) {
		close(pidfd);
		return false;
	}
	ending->pidfds = grow_array(ending->pidfds, ending->n + 1, sizeof(*ending->pidfds));
	ending->pidfds[ending->n++] = pidfd;
	return true;
}

static void send_from(const struct ending *ending, size_t from, int signal)
{
	for (size_t i = from; i < ending->n; i++)
		syscall(SYS_pidfd_send_signal, ending->pidfds[i], signal, NULL, 0);
}

void ending_tell(struct ending *ending)
{
	bool are_several = ending->n - ending->n_told > 1;

	if (are_several)
		send_from(ending, ending->n_told, SIGSTOP);
	send_from(ending, ending->n_told, SIGABRT);
	if (are_several)
		send_from(ending, ending->n_told, SIGCONT);
	ending->n_told = ending->n;
}

void ending_kill(struct ending *ending)
{
	send_from(ending, 0, SIGKILL);
}

void ending_deinit(struct ending *ending)
{
	for (size_t i = 0; i < ending->n; i++)
		close(ending->pidfds[i]);
	free(ending->pidfds);
}
