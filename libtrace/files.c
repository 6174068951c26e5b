/* SPDX-License-Identifier: MIT */
/* The file locks that this process has met, and what the kernel says of them. */
#include "files.h"

#include "arena.h"
#include "compiler.h"
#include "lock.h"
#include "pages.h"
#include "real.h"
#include "table.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum {
	MAX_LOCKS = 1 << 14,		/* that are told apart */
	MAX_INFO = 4096,		/* of what the kernel says of a descriptor */
};

static struct {
	struct lock lock;		/* makes new ones */
	struct table by_address;	/* number in the list, from 1 */
	struct file_lock *list;
	uint32_t n;
	bool any_taken;
	bool is_asked, is_told;		/* does the kernel say which locks a descriptor has? */
} locks;

/* ---- which lock it is -------------------------------------------------------------------------------------------- */

static cold bool describe_file(int fd, struct file_lock *lock)
{
	struct stat file;

	if (fstat(fd, &file))
		return false;
	lock->fd = fd;
	lock->device = file.st_dev;
	lock->inode = file.st_ino;
	return true;
}

cold bool file_lock_whole(int fd, struct file_lock *ret_lock)
{
	*ret_lock = (struct file_lock){.form = FILE_LOCK_OPEN_FILE, .end = UINT64_MAX};
	return describe_file(fd, ret_lock);
}

/* Where a range's start is counted from. */
static cold int64_t origin_of(int fd, int whence)
{
	struct stat file;

	switch (whence) {
	case SEEK_CUR:
		return lseek(fd, 0, SEEK_CUR);
	case SEEK_END:
		return fstat(fd, &file) ? -1 : file.st_size;
	default:
		return 0;
	}
}

cold bool file_lock_range(int fd, enum file_lock_form form, const struct flock *range, struct file_lock *ret_lock)
{
	int64_t start = origin_of(fd, range->l_whence), size = range->l_len;

	*ret_lock = (struct file_lock){.form = form};
	if (start < 0 || !describe_file(fd, ret_lock))
		return false;
	start += range->l_start;
	if (size < 0) {
		start += size;
		size = -size;
	}
	ret_lock->start = (uint64_t)start;
	ret_lock->end = size ? (uint64_t)(start + size) : UINT64_MAX;
	return start >= 0;
}

static cold uint64_t make_address(const struct file_lock *lock)
{
	uint64_t hash = mix64(mix64(mix64(lock->device) ^ lock->inode) ^ (uint64_t)lock->form);

	hash = mix64(mix64(hash ^ lock->start) ^ lock->end);
	return hash >> 2 | TRACE_FILE_LOCK | (lock->form == FILE_LOCK_PROCESS_RANGE ? TRACE_FILE_LOCK_OF_PROCESS : 0);
}

/* Called with the lock. */
static cold bool add(const struct file_lock *lock, uint64_t address)
{
	bool is_new;
	uint64_t *number;

	if (!locks.list)
		locks.list = pages_new((MAX_LOCKS + 1) * sizeof(*locks.list));
	number = locks.list && locks.n < MAX_LOCKS ? table_insert(&locks.by_address, address, &is_new) : NULL;
	if (!number)
		return false;
	if (*number)
		return true;
	locks.list[++locks.n] = *lock;
	__atomic_store_n(number, locks.n, __ATOMIC_RELEASE);
	return true;
}

static cold struct file_lock *find(uint64_t address)
{
	const uint64_t *number = table_find(&locks.by_address, address);
	uint64_t i = number ? __atomic_load_n(number, __ATOMIC_ACQUIRE) : 0;

	return i ? &locks.list[i] : NULL;
}

cold uint64_t file_lock_address(const struct file_lock *lock)
{
	uint64_t address = make_address(lock);
	bool is_known = find(address);

	if (!is_known) {
		lock_acquire(&locks.lock);
		is_known = add(lock, address);
		lock_release(&locks.lock);
	}
	if (!is_known)
		arena_count_cap(CAP_OBJECTS);
	return is_known ? address : 0;
}

cold const struct file_lock *file_lock_at(uint64_t address)
{
	return find(address);
}

bool file_locks_exist(void)
{
	return __atomic_load_n(&locks.any_taken, __ATOMIC_RELAXED);
}

/* ---- what the kernel says ---------------------------------------------------------------------------------------- */

/* "/proc/self/FOLDER/FD", without stdio. */
static cold void set_path(char path[64], const char *folder, int fd)
{
	char digits[12], *to = digits;

	do
		*to++ = (char)('0' + fd % 10);
	while (fd /= 10);
	path = stpcpy(stpcpy(stpcpy(path, "/proc/self/"), folder), "/");
	while (to > digits)
		*path++ = *--to;
	*path = '\0';
}

/* By system calls that are no points of cancellation. */
static cold void read_info(int fd, char text[MAX_INFO])
{
	char path[64];
	long info, n;

	set_path(path, "fdinfo", fd);
	info = real.syscall(SYS_openat, (long)AT_FDCWD, path, (long)O_RDONLY | O_CLOEXEC, 0, 0, 0);
	n = info < 0 ? 0 : real.syscall(SYS_read, info, text, (long)MAX_INFO - 1, 0, 0, 0);
	text[n > 0 ? n : 0] = '\0';
	if (info >= 0)
		real.syscall(SYS_close, info, 0, 0, 0, 0, 0);
}

/* A line of it is "lock:	1: POSIX  ADVISORY  WRITE 4711 fe:00:11288693 10 29". */
static cold bool has_lock(const struct file_lock *lock)
{
	static const char *const words[FILE_LOCK_FORMS] = {"FLOCK", "OFDLCK", "POSIX"};
	char text[MAX_INFO];
	const char *line;

	read_info(lock->fd, text);
	line = strstr(text, "lock:");
	return line && strstr(line, words[lock->form]);
}

cold void file_lock_taken(const struct file_lock *lock, uint64_t address)
{
	struct file_lock *known = find(address);

	if (known)
		__atomic_store_n(&known->fd, lock->fd, __ATOMIC_RELAXED);
	if (!locks.is_asked)
		locks.is_told = has_lock(lock);
	locks.is_asked = true;
	__atomic_store_n(&locks.any_taken, true, __ATOMIC_RELAXED);
}

cold bool file_lock_is_held(uint64_t address)
{
	const struct file_lock *lock = find(address);
	struct file_lock now;

	if (!lock)
		return true;
	if (!describe_file(lock->fd, &now) || now.device != lock->device || now.inode != lock->inode)
		return false;
	return !locks.is_told || has_lock(lock);
}

cold void file_locks_reset(void)
{
	locks.lock.word = 0;
}

cold void file_lock_describe(uint64_t address, struct record_file *ret_file, char ret_path[PATH_MAX])
{
	const struct file_lock *lock = find(address);
	char path[64];
	ssize_t n;

	set_path(path, "fd", lock->fd);
	n = readlink(path, ret_path, PATH_MAX - 1);
	ret_path[n > 0 ? n : 0] = '\0';
	ret_file->path_size = (uint32_t)strlen(ret_path) + 1;
	ret_file->device = lock->device;
	ret_file->inode = lock->inode;
	ret_file->offset = lock->start;
	ret_file->size = lock->end == UINT64_MAX ? 0 : lock->end - lock->start;
}
