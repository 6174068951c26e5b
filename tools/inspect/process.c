/* SPDX-License-Identifier: MIT */
/* A live process as a target, by what /proc tells.
 *
 * Each thread costs two small files, and those that sleep one of them again: thousands of threads are looked at in a
 * tenth of a second, and none of them notices.
 */
#include "inspect.h"
#include "proc.h"
#include "process.h"

#include <dirent.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum { LONGEST_COMMAND = 32768 };

static int fail(char **ret_why, const char *format, ...) __attribute__((format(printf, 2, 3)));

static int fail(char **ret_why, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(ret_why, format, arguments) < 0)
		*ret_why = NULL;
	va_end(arguments);
	return -1;
}

/* ---- threads ---------------------------------------------------------------------------------------------------- */

/* The last of several numbers: the innermost PID namespace. */
static uint32_t last_number(const char *text)
{
	unsigned long number = 0;
	char *end;

	while (*text == '\t' || *text == ' ') {
		number = strtoul(text, &end, 10);
		if (end == text)
			break;
		text = end;
	}
	return (uint32_t)number;
}

static uint64_t switches_in(const char *status)
{
	return strtoull(proc_field(status, "\nvoluntary_ctxt_switches:"), NULL, 10) +
	       strtoull(proc_field(status, "\nnonvoluntary_ctxt_switches:"), NULL, 10);
}

static void take_status(struct task *task, const char *status)
{
	const char *name = proc_field(status, "Name:\t");
	size_t length = strcspn(name, "\n");

	memcpy(task->name, name, length < sizeof(task->name) ? length : sizeof(task->name) - 1);
	task->state = proc_state(status);
	task->tid = last_number(proc_field(status, "\nNSpid:")) ?: task->lwp;
	task->tracer = (uint32_t)strtoul(proc_field(status, "\nTracerPid:"), NULL, 10);
	task->switches = switches_in(status);
}

/* "202 0x7f.. 0x80 .. SP PC"; "running", or "-1 SP PC" for a thread that is in the kernel for another reason. */
static void take_call(struct task *task, const char *text)
{
	char *end;
	long number = strtol(text, &end, 10);

	if (end == text || number < 0)
		return;
	for (int i = 0; i < CALL_ARGUMENTS; i++)
		task->arguments[i] = strtoull(end, &end, 16);
	task->call = (uint32_t)number;
	task->is_asleep = true;
}

/* The list of threads, from its beginning. */
static DIR *open_tasks(const struct process *process)
{
	DIR *folder = fdopendir(dup(process->tasks_fd));

	if (folder)
		rewinddir(folder);
	return folder;
}

/* False when the thread has ended meanwhile. */
static bool read_task(int folder, const char *name, struct task *task)
{
	char path[32], call[SMALL_FILE], *status;

	*task = (struct task){.lwp = (uint32_t)strtoul(name, NULL, 10)};
	snprintf(path, sizeof(path), "%" PRIu32 "/status", task->lwp);
	status = proc_text(folder, path);
	if (!status)
		return false;
	take_status(task, status);
	free(status);
	snprintf(path, sizeof(path), "%" PRIu32 "/syscall", task->lwp);
	if (task->state != 'R' && proc_read(folder, path, call, sizeof(call)) > 0)
		take_call(task, call);
	return true;
}

static void read_tasks(struct process *process)
{
	DIR *folder = open_tasks(process);
	struct target *target = &process->target;
	struct task *tasks = NULL;
	const struct dirent *entry;
	uint32_t n = 0;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.')
			continue;
		if (n % 64 == 0)
			tasks = grow_array(tasks, n + 64, sizeof(*tasks));
		n += read_task(process->tasks_fd, entry->d_name, &tasks[n]);
	}
	if (folder)
		closedir(folder);
	target->tasks = pool_new_array(target->pool, struct task, n);
	if (n)
		memcpy(target->tasks, tasks, n * sizeof(*tasks));
	target->n_tasks = n;
	free(tasks);
}

/* When a process ends, all its threads are killed before the first is gone: what it had is nobody's then, and a thread that
 * still seems to wait for it does not. */
static bool is_killed(const char *status)
{
	return strtoull(proc_field(status, "\nSigPnd:"), NULL, 16) & UINT64_C(1) << (SIGKILL - 1);
}

/* A thread that has not been scheduled since the first look has not moved. */
static bool has_moved(const struct process *process, const struct task *task)
{
	char path[32], *status;
	bool has_moved;

	snprintf(path, sizeof(path), "%" PRIu32 "/status", task->lwp);
	status = proc_text(process->tasks_fd, path);
	has_moved = !status || switches_in(status) != task->switches || is_killed(status);
	free(status);
	return has_moved;
}

static void settle(struct target *target)
{
	for (uint32_t i = 0; i < target->n_tasks; i++)
		if (target->tasks[i].is_asleep && has_moved((const void *)target, &target->tasks[i]))
			target->tasks[i].is_asleep = false;
}

/* In our own PID namespace it is asked for by name. */
static bool has_thread(const struct target *target, uint32_t tid)
{
	const struct process *process = (const void *)target;
	DIR *folder = NULL;
	const struct dirent *entry;
	struct task task;
	char name[16];
	bool found;

	snprintf(name, sizeof(name), "%" PRIu32, tid);
	found = target->pid == (uint32_t)process->pid && faccessat(process->tasks_fd, name, F_OK, 0) == 0;
	if (target->pid != (uint32_t)process->pid)
		folder = open_tasks(process);
	while (folder && !found && (entry = readdir(folder)))
		found = entry->d_name[0] != '.' && read_task(process->tasks_fd, entry->d_name, &task) && task.tid == tid;
	if (folder)
		closedir(folder);
	return found;
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static bool read_memory(const struct target *target, uint64_t address, void *to, size_t size)
{
	const struct process *process = (const void *)target;

	return address <= INT64_MAX && pread(process->memory_fd, to, size, (off_t)address) == (ssize_t)size;
}

static void read_mappings(struct process *process)
{
	struct target *target = &process->target;
	int fd = openat(process->fd, "maps", O_RDONLY | O_CLOEXEC);
	FILE *maps = fd < 0 ? NULL : fdopen(fd, "r");
	struct mapping *mappings = NULL;
	char *line = NULL;
	uint32_t n = 0;
	size_t size = 0;

	while (maps && getline(&line, &size, maps) > 0) {
		if (n % 256 == 0)
			mappings = grow_array(mappings, n + 256, sizeof(*mappings));
		if (!proc_parse_mapping(line, &mappings[n]))
			continue;
		mappings[n].path = pool_printf(target->pool, "%s", mappings[n].path);
		n++;
	}
	free(line);
	if (maps)
		fclose(maps);
	target->mappings = pool_new_array(target->pool, struct mapping, n);
	if (n)
		memcpy(target->mappings, mappings, n * sizeof(*mappings));
	target->n_mappings = n;
	free(mappings);
}

/* ---- the process ------------------------------------------------------------------------------------------------ */

static const char *describe_fd(struct target *target, uint64_t fd)
{
	const struct process *process = (const void *)target;
	char path[40], link[512];
	ssize_t n;

	snprintf(path, sizeof(path), "fd/%" PRIu64, fd);
	n = readlinkat(process->fd, path, link, sizeof(link) - 1);
	if (n <= 0)
		return NULL;
	link[n] = '\0';
	if (strncmp(link, "pipe:", 5) == 0)
		return "a pipe";
	if (strncmp(link, "socket:", 7) == 0)
		return "a socket";
	if (strncmp(link, "anon_inode:", 11) == 0)
		return NULL;
	return pool_printf(target->pool, "%s", link);
}

static void read_command(struct process *process)
{
	struct target *target = &process->target;
	char *text = pool_alloc(target->pool, LONGEST_COMMAND), *end;
	ssize_t size = proc_read(process->fd, "cmdline", text, LONGEST_COMMAND);
	uint32_t n = 0;

	end = text + (size > 0 ? size : 0);
	for (char *at = text; at < end; at += strlen(at) + 1)
		n++;
	target->argv = pool_new_array(target->pool, const char *, n);
	for (char *at = text; at < end; at += strlen(at) + 1)
		target->argv[target->argc++] = at;
}

/* What ptrace(2) asks before anybody may look into another process. */
static int refused(const struct process *process, char **ret_why)
{
	char scope[16] = "";

	if (proc_read(AT_FDCWD, "/proc/sys/kernel/yama/ptrace_scope", scope, sizeof(scope)) > 0 && scope[0] != '0' &&
	    geteuid() != 0)
		return fail(
			ret_why,
			"process %d: not ours to look at: /proc/sys/kernel/yama/ptrace_scope is %c; run snag as root, "
			"or set that to 0",
			process->pid, scope[0]);
	return fail(ret_why,
		    "process %d: not ours to look at: it belongs to another user, or is protected; run snag as root",
		    process->pid);
}

/* The executable must be one whose memory we can read in words of 64 bits. */
static int read_exe(struct process *process, char **ret_why)
{
	struct target *target = &process->target;
	unsigned char head[EI_NIDENT + 4] = {0};
	int fd = openat(process->fd, "exe", O_RDONLY | O_CLOEXEC);
	char link[4096];
	ssize_t n = readlinkat(process->fd, "exe", link, sizeof(link) - 1);

	if (fd < 0 && (errno == EACCES || errno == EPERM))
		return refused(process, ret_why);
	if (n < 0 || fd < 0)
		return fail(ret_why, "process %d: a thread of the kernel: it has no locks of a program", process->pid);
	link[n] = '\0';
	target->exe = pool_printf(target->pool, "%s", link);
	n = pread(fd, head, sizeof(head), 0);
	close(fd);
	if (n == sizeof(head) && head[EI_CLASS] == ELFCLASS32)
		return fail(ret_why,
			    "process %d: a 32-bit program (%s): its locks have a layout that snag does not know",
			    process->pid, link);
	memcpy(&target->machine, head + EI_NIDENT + 2, sizeof(target->machine));
	return 0;
}

/* When the main thread has ended before the others, /proc tells of the process through one of these. */
static void use_living_thread(struct process *process)
{
	DIR *folder = open_tasks(process);
	const struct dirent *entry;
	int fd;

	while (folder && (entry = readdir(folder))) {
		if (entry->d_name[0] == '.' || strtol(entry->d_name, NULL, 10) == process->pid)
			continue;
		fd = openat(process->tasks_fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd >= 0) {
			close(process->fd);
			process->fd = fd;
			break;
		}
	}
	if (folder)
		closedir(folder);
}

/* Threads that were seen asleep have set up no handler since. */
static void read_handlers(struct process *process)
{
	char *status = proc_text(process->fd, "status");

	if (status)
		process->target.caught = strtoull(proc_field(status, "\nSigCgt:"), NULL, 16);
	free(status);
}

/* A whole process that has ended, but whose parent has not asked for its end yet, is not. */
static int check_status(struct process *process, const char *status, char **ret_why)
{
	struct task task = {.lwp = (uint32_t)process->pid};

	take_status(&task, status);
	process->target.pid = task.tid;
	process->target.ppid = (uint32_t)strtoul(proc_field(status, "\nPPid:"), NULL, 10);
	if (strtoul(proc_field(status, "\nTgid:"), NULL, 10) != (unsigned long)process->pid)
		return fail(ret_why, "process %d: a thread of process %lu; ask for that", process->pid,
			    strtoul(proc_field(status, "\nTgid:"), NULL, 10));
	if (task.state == 'Z' && strtoul(proc_field(status, "\nThreads:"), NULL, 10) <= 1)
		return fail(ret_why,
			    "process %d: has ended; it is a zombie until its parent, process %" PRIu32 ", takes note",
			    process->pid, process->target.ppid);
	if (task.state == 'Z')
		use_living_thread(process);
	return 0;
}

static int check_alive(struct process *process, char **ret_why)
{
	char *status = proc_text(process->fd, "status");
	int r = status ? check_status(process, status, ret_why)
		       : fail(ret_why, "process %d: there is none", process->pid);

	free(status);
	return r;
}

static int open_memory(struct process *process, char **ret_why)
{
	process->memory_fd = openat(process->fd, "mem", O_RDONLY | O_CLOEXEC);
	if (process->memory_fd >= 0)
		return 0;
	if (errno == ENOENT || errno == ESRCH)
		return fail(ret_why, "process %d: ended while it was looked at", process->pid);
	return refused(process, ret_why);
}

int process_init(struct process *process, pid_t pid, struct pool *pool, char **ret_why)
{
	char path[32];

	*process = (struct process){.pid = pid, .memory_fd = -1, .tasks_fd = -1};
	process->target = (struct target){
		.pool = pool,
		.label = pool_printf(pool, "process %d", pid),
		.read = read_memory,
		.settle = settle,
		.has_thread = has_thread,
		.describe_fd = describe_fd,
		.look_outside = process_look_outside,
	};
	snprintf(path, sizeof(path), "/proc/%d", pid);
	process->fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (process->fd < 0)
		return fail(ret_why, "process %d: there is none", pid);
	process->tasks_fd = openat(process->fd, "task", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (check_alive(process, ret_why) || read_exe(process, ret_why) || open_memory(process, ret_why))
		return -1;
	read_command(process);
	read_mappings(process);
	read_tasks(process);
	read_handlers(process);
	if (!process->target.n_tasks || !process->target.n_mappings)
		return fail(ret_why, "process %d: ended while it was looked at", pid);
	return 0;
}

void process_deinit(struct process *process)
{
	if (process->memory_fd >= 0)
		close(process->memory_fd);
	if (process->tasks_fd >= 0)
		close(process->tasks_fd);
	if (process->fd >= 0)
		close(process->fd);
}

/* Of all processes some files are open at once.  Programs that are run later have the limit that the user gave them. */
static struct rlimit allow_files(void)
{
	struct rlimit before = {0}, all;

	getrlimit(RLIMIT_NOFILE, &before);
	all = (struct rlimit){before.rlim_max, before.rlim_max};
	setrlimit(RLIMIT_NOFILE, &all);
	return before;
}

void inspect_processes(struct inspection *inspections, size_t n)
{
	struct rlimit before = allow_files();
	struct process *processes = zeroed_array(n, sizeof(*processes));
	struct facts **facts = zeroed_array(n, sizeof(*facts));

	for (size_t i = 0; i < n; i++) {
		struct pool *pool = pool_new();

		inspections[i].model = NULL;
		if (process_init(&processes[i], inspections[i].pid, pool, &inspections[i].why))
			pool_free(pool);
		else
			facts[i] = facts_begin(&processes[i].target);
	}
	for (size_t i = 0; i < n; i++)
		if (facts[i])
			inspections[i].model = facts_end(facts[i]);
	for (size_t i = 0; i < n; i++)
		process_deinit(&processes[i]);
	setrlimit(RLIMIT_NOFILE, &before);
	free(facts);
	free(processes);
}
