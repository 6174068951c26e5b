/* SPDX-License-Identifier: MIT */
/* The watched processes: which are alive, and ending them. */
#include "watched.h"

#include "../inspect/proc.h"
#include "../trace/pool.h"
#include "complain.h"
#include "libtrace/wait_graph.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { MAX_MOMENTS = 1000 };	/* of 2 ms, for threads to fall asleep: on a busy machine each waits its turn */

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

void trace_visit_slots(const char *path, void (*visit)(void *context, const struct live_slot *slot), void *context)
{
	struct live_slot slots[TRACE_CHUNK_SIZE / TRACE_SLOT_SIZE];
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	struct trace_header header;
	off_t at;

	if (fd < 0)
		return;
	if (trace_header_read(path, &header) && !(header.flags & TRACE_ENDED))
		for (uint32_t i = 0; i < header.n_live_chunks && i < TRACE_MAX_LIVE_CHUNKS; i++) {
			at = TRACE_HEADER_SIZE + (off_t)header.live_chunk[i] * TRACE_CHUNK_SIZE;
			if (pread(fd, slots, sizeof(slots), at) == sizeof(slots))
				for (uint32_t k = 1; k <= TRACE_SLOTS_PER_CHUNK; k++)
					visit(context, &slots[k]);
		}
	close(fd);
}

/* Who is still to fall asleep. */
struct restless {
	pid_t pid;
	bool is_any;
};

static bool is_running(pid_t pid, uint32_t tid)
{
	char path[64], *status;
	bool is_running;

	snprintf(path, sizeof(path), "/proc/%d/task/%" PRIu32 "/status", (int)pid, tid);
	status = proc_text(AT_FDCWD, path);
	is_running = status && proc_state(status) == 'R';
	free(status);
	return is_running;
}

static void look_at_slot(void *context, const struct live_slot *slot)
{
	struct restless *restless = context;
	uint32_t epoch;

	/* Who waits for a spin lock never sleeps. */
	restless->is_any |= wait_is_endless(slot, &epoch) && slot->want_kind != OBJECT_SPIN &&
			    is_running(restless->pid, slot->tid);
}

void process_let_sleep(pid_t pid, const char *trace)
{
	const struct timespec moment = {.tv_nsec = 2000000};
	struct restless restless = {pid, trace != NULL};

	for (int i = 0; i < MAX_MOMENTS && restless.is_any; i++) {
		restless.is_any = false;
		trace_visit_slots(trace, look_at_slot, &restless);
		if (restless.is_any)
			nanosleep(&moment, NULL);
	}
}

static bool is_noted(const struct ending *ending, pid_t pid)
{
	for (size_t i = 0; i < ending->n; i++)
		if (ending->processes[i].pid == pid &&
		    syscall(SYS_pidfd_send_signal, ending->processes[i].fd, 0, NULL, 0) == 0)
			return true;
	return false;
}

bool ending_add(struct ending *ending, pid_t pid, const char *trace)
{
	int fd = is_noted(ending, pid) ? -1 : (int)syscall(SYS_pidfd_open, pid, 0);

	if (fd < 0)
		return false;
	if (trace && !process_writes(pid, trace)) {
		close(fd);
		return false;
	}
	ending->processes = grow_array(ending->processes, ending->n + 1, sizeof(*ending->processes));
	ending->processes[ending->n++] = (struct ending_process){pid, fd};
	return true;
}

static void send_from(const struct ending *ending, size_t from, int signal)
{
	for (size_t i = from; i < ending->n; i++)
		syscall(SYS_pidfd_send_signal, ending->processes[i].fd, signal, NULL, 0);
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
		close(ending->processes[i].fd);
	free(ending->processes);
}
