/* SPDX-License-Identifier: MIT */
/* What other processes have to do with a thread's wait: locks on files, pipes, children, and memory that is shared.
 *
 * All processes are looked through for those that use a file, a pipe or a piece of memory, once for each; those that
 * we may not look into count only when they belong to the same session, for then one may have inherited it.
 */
#include "futex.h"
#include "proc.h"
#include "process.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>
#include <wait.h>

enum use { USE_MEMORY, USE_READS, USE_WRITES, USE_LOCKS };
enum answer { NO, YES, NOT_OURS };

/* A lock of the kernel's list: "3: FLOCK ADVISORY WRITE 4711 fe:00:1234 0 EOF", and below it with "->" who waits for
 * it. */
struct listed {
	char form[16], mode[16], end[24];
	long pid;
	uint64_t device, inode, start;
};

static bool parse_listed(const char *line, struct listed *ret)
{
	unsigned major, minor;
	const char *arrow = strstr(line, "->"), *colon = strchr(line, ':');

	if (!colon || sscanf(arrow ? arrow + 2 : colon + 1, " %15s %*s %15s %ld %x:%x:%" SCNu64 " %" SCNu64 " %23s",
			     ret->form, ret->mode, &ret->pid, &major, &minor, &ret->inode, &ret->start, ret->end) != 8)
		return false;
	ret->device = makedev(major, minor);
	return true;
}

/* Processes that use one thing. */
struct users {
	enum use use;
	uint64_t device, inode;
	struct listed lock; /* USE_LOCKS: which one */
	uint32_t *pids;
	uint32_t n;
	bool is_complete;
	struct users *next;
};

/* ---- one process ------------------------------------------------------------------------------------------------ */

static FILE *open_file(uint32_t pid, const char *name)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/%s", pid, name);
	return fopen(path, "re");
}

static enum answer maps_memory(uint32_t pid, const struct users *users)
{
	FILE *maps = open_file(pid, "maps");
	enum answer answer = NO;
	struct mapping mapping;
	char *line = NULL;
	size_t size = 0;

	while (maps && answer == NO && getline(&line, &size, maps) > 0)
		if (proc_parse_mapping(line, &mapping) && mapping.is_shared && mapping.device == users->device &&
		    mapping.inode == users->inode)
			answer = YES;
	free(line);
	if (!maps)
		return NOT_OURS;
	fclose(maps);
	return answer;
}

static bool is_same_lock(const struct listed *a, const struct listed *b)
{
	return strcmp(a->form, b->form) == 0 && a->device == b->device && a->inode == b->inode &&
	       a->start == b->start && strcmp(a->end, b->end) == 0;
}

/* An fdinfo has a line for each lock of the open file: "lock:\t1: OFDLCK ADVISORY WRITE -1 fe:00:1234 10 19". */
static bool has_lock(const char *fdinfo, const struct listed *lock)
{
	struct listed one;

	for (const char *line = fdinfo; (line = strstr(line, "\nlock:\t")); line++)
		if (parse_listed(line + strlen("\nlock:\t"), &one) && is_same_lock(&one, lock))
			return true;
	return false;
}

/* Is the descriptor used in this way?  Its fdinfo has "flags:\t0100001". */
static bool is_used_so(uint32_t pid, const char *fd, const struct users *users)
{
	char path[320], *info;
	unsigned long flags;
	bool is_used;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fdinfo/%s", pid, fd);
	info = proc_text(AT_FDCWD, path);
	if (!info)
		return false;
	flags = strtoul(proc_field(info, "flags:\t"), NULL, 8) & O_ACCMODE;
	if (users->use == USE_LOCKS)
		is_used = has_lock(info, &users->lock);
	else
		is_used = flags != (users->use == USE_READS ? O_WRONLY : O_RDONLY);
	free(info);
	return is_used;
}

static enum answer has_file(uint32_t pid, const struct users *users)
{
	char path[32];
	const struct dirent *entry;
	enum answer answer = NO;
	struct stat st;
	DIR *folder;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/fd", pid);
	folder = opendir(path);
	if (!folder)
		return NOT_OURS;
	while (answer == NO && (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]) && fstatat(dirfd(folder), entry->d_name, &st, 0) == 0 &&
		    st.st_dev == users->device && st.st_ino == users->inode && is_used_so(pid, entry->d_name, users))
			answer = YES;
	closedir(folder);
	return answer;
}

/* The session that a process belongs to: "4711 (name) S PARENT GROUP SESSION". */
static unsigned long session_of(uint32_t pid)
{
	char path[32], text[SMALL_FILE];
	unsigned long session = 0;
	const char *end;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/stat", pid);
	if (proc_read(AT_FDCWD, path, text, sizeof(text)) > 0 && (end = strrchr(text, ')')))
		sscanf(end, ") %*c %*d %*d %lu", &session);
	return session;
}

/* ---- all processes ---------------------------------------------------------------------------------------------- */

static void ask_one(struct pool *pool, struct users *users, uint32_t pid, uint32_t asker)
{
	enum answer answer = users->use == USE_MEMORY ? maps_memory(pid, users) : has_file(pid, users);
	uint32_t *longer;

	if (answer == NOT_OURS && session_of(pid) == session_of(asker) && session_of(pid))
		users->is_complete = false;
	if (answer != YES)
		return;
	longer = pool_new_array(pool, uint32_t, users->n + 1);
	if (users->n)
		memcpy(longer, users->pids, users->n * sizeof(*longer));
	longer[users->n++] = pid;
	users->pids = longer;
}

static void ask_all(struct pool *pool, struct users *users, uint32_t asker)
{
	DIR *folder = opendir("/proc");
	const struct dirent *entry;

	users->is_complete = folder;
	while (folder && (entry = readdir(folder)))
		if (isdigit((unsigned char)entry->d_name[0]))
			ask_one(pool, users, (uint32_t)strtoul(entry->d_name, NULL, 10), asker);
	if (folder)
		closedir(folder);
}

static bool is_same_use(const struct users *a, const struct users *b)
{
	return a->use == b->use && a->device == b->device && a->inode == b->inode &&
	       (a->use != USE_LOCKS || is_same_lock(&a->lock, &b->lock));
}

static const struct users *users_of(struct process *process, const struct users *of)
{
	struct users *users;

	for (users = process->users; users; users = users->next)
		if (is_same_use(users, of))
			return users;
	users = pool_alloc(process->target.pool, sizeof(*users));
	*users = *of;
	users->next = process->users;
	process->users = users;
	ask_all(process->target.pool, users, (uint32_t)process->pid);
	return users;
}

/* Those other than the process itself can help. */
static void take_helpers(const struct process *process, const struct users *users, struct outside *outside)
{
	uint32_t *pids = pool_new_array(process->target.pool, uint32_t, users->n);

	for (uint32_t i = 0; i < users->n; i++)
		if (users->pids[i] != (uint32_t)process->pid)
			pids[outside->n++] = users->pids[i];
	outside->pids = pids;
	outside->is_complete = users->is_complete;
}

/* ---- memory ----------------------------------------------------------------------------------------------------- */

static bool is_user(const struct users *users, uint32_t pid)
{
	for (uint32_t i = 0; i < users->n; i++)
		if (users->pids[i] == pid)
			return true;
	return false;
}

static void look_for_owner(struct process *process, const struct users *users, struct outside *outside)
{
	char path[40], *status;

	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/status", outside->owner);
	status = proc_text(AT_FDCWD, path);
	if (!status)
		outside->is_owner_gone = true;
	else
		outside->is_owner_gone = users->is_complete &&
					 !is_user(users, (uint32_t)strtoul(proc_field(status, "\nTgid:"), NULL, 10));
	free(status);
	if (!outside->is_owner_gone)
		outside->owner_name = proc_describe(process->target.pool, outside->owner);
}

/* Memory that no name leads to can be mapped by nobody else. */
static bool is_nameless(const char *path)
{
	size_t n = strlen(path), suffix = strlen(" (deleted)");

	return !n || (n > suffix && strcmp(path + n - suffix, " (deleted)") == 0);
}

static void look_at_memory(struct process *process, uint64_t address, struct outside *outside)
{
	const struct mapping *mapping = target_mapping(&process->target, address);
	const struct users *users;

	if (!mapping || !mapping->inode)
		return;
	users = users_of(process,
			 &(struct users){.use = USE_MEMORY, .device = mapping->device, .inode = mapping->inode});
	take_helpers(process, users, outside);
	outside->is_complete &= is_nameless(mapping->path);
	outside->file = pool_alloc(process->target.pool, sizeof(*outside->file));
	*outside->file = (struct file_place){.device = mapping->device,
					     .inode = mapping->inode,
					     .offset = mapping->offset + (address - mapping->start),
					     .path = mapping->path};
	if (outside->owner)
		look_for_owner(process, users, outside);
}

/* ---- locks on files --------------------------------------------------------------------------------------------- */

/* What a process asks for, as far as its call says that. */
struct request {
	struct stat file;
	bool has_start;
	uint64_t start;
};

static bool is_request(const struct process *process, const struct listed *listed, const struct request *request)
{
	return listed->inode == request->file.st_ino && listed->device == request->file.st_dev &&
	       (listed->pid == process->pid || listed->pid < 0) &&
	       (!request->has_start || listed->start == request->start);
}

/* The lock of another one that stands in the way, and the request as the kernel lists it. */
static bool find_blocker(const struct process *process, const struct request *request, struct listed *ret_lock,
			 struct listed *ret_request)
{
	FILE *locks = fopen("/proc/locks", "re");
	bool is_found = false;
	char *line = NULL;
	size_t size = 0;

	while (locks && !is_found && getline(&line, &size, locks) > 0) {
		bool is_waiting = strstr(line, "->");

		if (parse_listed(line, is_waiting ? ret_request : ret_lock))
			is_found = is_waiting && is_request(process, ret_request, request);
	}
	free(line);
	if (locks)
		fclose(locks);
	return is_found;
}

static uint64_t mix(uint64_t hash, uint64_t value)
{
	return (hash ^ value) * 0x9e3779b97f4a7c15u;
}

static void name_file_lock(struct process *process, const struct listed *lock, uint64_t fd, struct outside *outside)
{
	const char *path = process->target.describe_fd(&process->target, fd);
	uint64_t last = strtoull(lock->end, NULL, 10);
	bool is_of_process = strcmp(lock->form, "POSIX") == 0;
	uint64_t hash = mix(mix(mix(mix(lock->form[0], lock->device), lock->inode), lock->start), last);

	outside->is_file_lock = true;
	outside->address = hash >> 2 | TRACE_FILE_LOCK | (is_of_process ? TRACE_FILE_LOCK_OF_PROCESS : 0);
	outside->file = pool_alloc(process->target.pool, sizeof(*outside->file));
	*outside->file = (struct file_place){.device = lock->device,
					     .inode = lock->inode,
					     .offset = lock->start,
					     .size = lock->end[0] == 'E' ? 0 : last + 1 - lock->start,
					     .path = path ?: ""};
}

/* Who has it: a lock on a range belongs to a process, any other to an open file, which several processes may have. */
static void look_for_holder(struct process *process, const struct listed *lock, struct outside *outside)
{
	struct users *users;

	if (strcmp(lock->form, "POSIX") == 0) {
		users = &(struct users){.pids = &(uint32_t){(uint32_t)lock->pid}, .n = 1, .is_complete = lock->pid > 0};
		take_helpers(process, users, outside);
		outside->owner = (uint32_t)lock->pid;
	} else {
		const struct users *open = users_of(
			process,
			&(struct users){.use = USE_LOCKS, .device = lock->device, .inode = lock->inode, .lock = *lock});

		take_helpers(process, open, outside);
		outside->is_complete &= open->n > 0;
		outside->owner = open->n == 1 ? open->pids[0] : 0;
	}
	if (outside->owner)
		outside->owner_name = proc_describe(process->target.pool, outside->owner);
}

/* The third argument of fcntl() is a struct flock in the program's memory. */
static void look_at_file_lock(struct process *process, const struct task *task, bool is_range, struct outside *outside)
{
	struct request request = {0};
	struct listed lock, listed;
	struct flock range;
	char path[40];

	if (is_range && process->target.read(&process->target, task->arguments[2], &range, sizeof(range))) {
		request.has_start = range.l_whence == SEEK_SET && range.l_len >= 0;
		request.start = (uint64_t)range.l_start;
	}
	snprintf(path, sizeof(path), "fd/%" PRIu64, task->arguments[0]);
	if (fstatat(process->fd, path, &request.file, 0) || !find_blocker(process, &request, &lock, &listed))
		return;
	outside->mode = strcmp(listed.mode, "READ") == 0 ? MODE_READ : MODE_WRITE;
	name_file_lock(process, &lock, task->arguments[0], outside);
	look_for_holder(process, &lock, outside);
}

/* ---- pipes and children ----------------------------------------------------------------------------------------- */

static const char *list_processes(struct process *process, const struct outside *outside, const char *before,
				  const char *after)
{
	struct pool *pool = process->target.pool;
	const char *first = outside->n ? proc_describe(pool, outside->pids[0]) : "nobody else";

	if (outside->n > 1)
		first = pool_printf(pool, "%s and %" PRIu32 " more", first, outside->n - 1);
	return pool_printf(pool, "%s%s%s", before, first, after);
}

static void look_at_pipe(struct process *process, uint64_t fd, enum use other_end, struct outside *outside)
{
	char path[40], link[32];
	struct users of;
	struct stat st;
	ssize_t n;

	snprintf(path, sizeof(path), "fd/%" PRIu64, fd);
	n = readlinkat(process->fd, path, link, sizeof(link));
	if (n < 5 || memcmp(link, "pipe:", 5) != 0 || fstatat(process->fd, path, &st, 0))
		return;
	of = (struct users){.use = other_end, .device = st.st_dev, .inode = st.st_ino};
	take_helpers(process, users_of(process, &of), outside);
	outside->remark = list_processes(process, outside, "whose other end ", " has");
}

/* wait4(PID, ...) and waitid(P_PID, PID, ...) mean one child, all other forms any. */
static void look_at_children(struct process *process, const struct task *task, bool is_waitid, struct outside *outside)
{
	int64_t one = is_waitid ? (task->arguments[0] == P_PID ? (int64_t)task->arguments[1] : -1)
				: (int32_t)task->arguments[0];
	uint32_t only = one > 0 ? (uint32_t)one : 0, *children;
	struct users users = {.is_complete = true};

	children = proc_children((uint32_t)process->pid, &users.n);
	users.pids = only ? &only : children;
	users.n = only ? 1 : users.n;
	take_helpers(process, &users, outside);
	outside->is_complete = outside->n > 0;
	outside->remark = list_processes(process, outside, "for ", "");
	free(children);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

static bool is_one_of(const char *name, const char *const names[])
{
	while (*names && strcmp(*names, name) != 0)
		names++;
	return *names;
}

static void look_at_call(struct process *process, const struct task *task, const char *name, struct outside *outside)
{
	static const char *const reads[] = {"read", "readv", NULL}, *const writes[] = {"write", "writev", NULL};
	uint64_t fd = task->arguments[0], command = task->arguments[1];

	if (is_one_of(name, reads))
		look_at_pipe(process, fd, USE_WRITES, outside);
	else if (is_one_of(name, writes))
		look_at_pipe(process, fd, USE_READS, outside);
	else if (strcmp(name, "wait4") == 0 || strcmp(name, "waitid") == 0)
		look_at_children(process, task, strcmp(name, "waitid") == 0, outside);
	else if (strcmp(name, "flock") == 0)
		look_at_file_lock(process, task, false, outside);
	else if (strcmp(name, "fcntl") == 0 && (command == F_SETLKW || command == F_OFD_SETLKW))
		look_at_file_lock(process, task, true, outside);
}

void process_look_outside(struct target *target, const struct task *task, struct outside *ret_outside)
{
	struct process *process = (void *)target;
	const char *name = call_name(target, task->call);
	struct futex futex;

	if (task->tid != task->lwp)
		return; /* in a container: the numbers that it knows are not ours */
	if (futex_of(target, task, &futex))
		look_at_memory(process, futex.address, ret_outside);
	else if (name)
		look_at_call(process, task, name, ret_outside);
}
