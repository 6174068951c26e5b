/* SPDX-License-Identifier: MIT */
/* The trace file of this process: made with O_EXCL in the session folder, grown in steps, mapped in place. */
#include "arena.h"

#include "compiler.h"
#include "lock.h"
#include "machine.h"
#include "options.h"
#include "real.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

enum {
	FIRST_CHUNKS = 4,		/* file space is taken in steps of this many chunks at first, ... */
	LAST_CHUNKS = 64,		/* ... doubling up to this many */
	HIGH_FD = 500,			/* out of the way of programs that count on the lowest free descriptor */
	MAX_IMAGES = 100000,		/* images (exec) and reuses of one PID in one session */
	SMALLEST_FILE = 1 << 20,
	SMALLEST_LIMITED = 8 << 20,	/* ... where address space is limited: the shim's tables want as much again */
};

exported struct trace_header *snag_trace;

static struct {
	struct lock lock;		/* growth */
	int kept_fd;			/* 0: none */
	char path[PATH_MAX + 32];
	dev_t device;
	ino_t inode;
	size_t reserved;		/* bytes of address space */
	size_t mapped;			/* bytes of it that are file, header included */
	size_t step;
} arena;

cold uint64_t now_ns(void)
{
	struct timespec now;

	real_clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static cold uint64_t realtime_ns(void)
{
	struct timespec now;

	real_clock_gettime(CLOCK_REALTIME, &now);
	return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

void arena_count_lost(enum lost_reason reason, int64_t more)
{
	struct trace_header *header = snag_trace;

	if (header)
		__atomic_fetch_add(&header->lost[reason], (uint64_t)more, __ATOMIC_RELAXED);
}

void arena_count_cap(enum trace_cap cap)
{
	struct trace_header *header = snag_trace;

	if (header)
		__atomic_fetch_add(&header->caps[cap], 1, __ATOMIC_RELAXED);
}

uint64_t arena_largest(void)
{
	return arena.reserved;
}

uint64_t arena_offset(const void *inside)
{
	return (uint64_t)((const char *)inside - (const char *)snag_trace);
}

struct live_view arena_view(void)
{
	return (struct live_view){(const void *)snag_trace, __atomic_load_n(&arena.mapped, __ATOMIC_ACQUIRE)};
}

/* ---- the file --------------------------------------------------------------------------------------------------- */

static cold char *append_number(char *at, uint32_t number)
{
	char digits[10];
	int n = 0;

	do
		digits[n++] = (char)('0' + number % 10);
	while (number /= 10);
	while (n)
		*at++ = digits[--n];
	*at = '\0';
	return at;
}

/* "DIR/PID.N.snag", without stdio. */
static cold void set_path(uint32_t pid, uint32_t image)
{
	char *at = stpcpy(arena.path, options.dir);

	*at++ = '/';
	at = append_number(at, pid);
	*at++ = '.';
	at = append_number(at, image);
	stpcpy(at, TRACE_SUFFIX);
}

/* A file that nobody had before.  -1: the folder cannot be had. */
static cold int file_new(void)
{
	uint32_t pid = (uint32_t)getpid();
	int fd;

	mkdir(options.dir, 0700);
	for (uint32_t image = 1; image < MAX_IMAGES; image++) {
		set_path(pid, image);
		fd = open(arena.path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
		if (fd >= 0 || errno != EEXIST)
			return fd;
	}
	return -1;
}

static cold bool is_our_file(int fd)
{
	struct stat now;

	return fd >= 0 && !fstat(fd, &now) && now.st_dev == arena.device && now.st_ino == arena.inode;
}

/* The same file again.  It is not kept open, as a rule: a descriptor that the program does not know of is one that it may
 * close and take for its own.  So one that was kept (arena_keep_open) is believed only after a look at a copy of it. */
static cold int file_again(void)
{
	int fd = open(arena.path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

	if (fd < 0 && arena.kept_fd)
		fd = fcntl(arena.kept_fd, F_DUPFD_CLOEXEC, HIGH_FD);
	if (is_our_file(fd))
		return fd;
	if (fd >= 0)
		close(fd);
	return -1;
}

/* Takes file space without ever raising SIGXFSZ. */
static cold bool file_reserve(int fd, size_t from, size_t size)
{
	struct rlimit limit;

	if (!getrlimit(RLIMIT_FSIZE, &limit) && limit.rlim_cur != RLIM_INFINITY && from + size > limit.rlim_cur)
		return false;
	return posix_fallocate(fd, (off_t)from, (off_t)size) == 0;
}

static cold bool file_map(int fd, char *base, size_t from, size_t size)
{
	if (!file_reserve(fd, from, size))
		return false;
	if (mmap(base + from, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED, fd, (off_t)from) == MAP_FAILED)
		return false;
	__atomic_store_n(&arena.mapped, from + size, __ATOMIC_RELEASE);
	return true;
}

/* Address space for the whole file; under a limit an eighth of that at most, since the rest is the program's, or none. */
static cold char *reserve_addresses(void)
{
	size_t size = options.limit > SMALLEST_FILE ? options.limit : SMALLEST_FILE, smallest = SMALLEST_FILE;
	struct rlimit limit;
	char *base;

	if (!getrlimit(RLIMIT_AS, &limit) && limit.rlim_cur != RLIM_INFINITY) {
		smallest = SMALLEST_LIMITED;
		if (size > limit.rlim_cur / 8)
			size = limit.rlim_cur / 8 & ~(rlim_t)(TRACE_CHUNK_SIZE - 1);
	}
	for (; size >= smallest; size /= 2) {
		base = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (base != MAP_FAILED) {
			arena.reserved = size;
			return base;
		}
	}
	return NULL;
}

static cold void header_init(struct trace_header *header, uint32_t flags)
{
	header->version = TRACE_VERSION;
	header->byte_order = 0x01020304;
	header->header_size = TRACE_HEADER_SIZE;
	header->chunk_size = TRACE_CHUNK_SIZE;
	header->slot_size = TRACE_SLOT_SIZE;
	header->machine = MACHINE;
	header->pid = (uint32_t)getpid();
	header->ppid = (uint32_t)getppid();
	header->start_realtime_ns = realtime_ns();
	header->start_monotonic_ns = now_ns();
	header->mode = options.mode;
	header->flags = flags;
	__atomic_thread_fence(__ATOMIC_RELEASE);
	memcpy(header->magic, TRACE_MAGIC, sizeof(header->magic));
}

static cold bool map_first(int fd, char *base)
{
	struct stat file;

	if (fstat(fd, &file))
		return false;
	arena.device = file.st_dev;
	arena.inode = file.st_ino;
	return file_map(fd, base, 0, TRACE_HEADER_SIZE + FIRST_CHUNKS * TRACE_CHUNK_SIZE);
}

/* Called with the lock. */
static cold bool open_file(uint32_t flags)
{
	char *base = reserve_addresses();
	int fd = base ? file_new() : -1;

	if (arena.kept_fd && is_our_file(arena.kept_fd))
		close(arena.kept_fd);	/* a forked child: the parent's */
	arena.kept_fd = 0;
	arena.step = FIRST_CHUNKS * TRACE_CHUNK_SIZE;
	if (fd >= 0 && map_first(fd, base)) {
		close(fd);
		header_init((void *)base, flags);
		__atomic_store_n(&snag_trace, (void *)base, __ATOMIC_RELEASE);
		return true;
	}
	if (fd >= 0) {
		unlink(arena.path);
		close(fd);
	}
	if (base)
		munmap(base, arena.reserved);
	return false;
}

cold bool arena_open(uint32_t flags)
{
	bool is_open;

	arena.lock.word = 0;
	lock_acquire(&arena.lock);
	is_open = open_file(flags);
	lock_release(&arena.lock);
	return is_open;
}

cold struct arena_mapping arena_leave(void)
{
	struct arena_mapping old = {snag_trace, arena.reserved};

	snag_trace = NULL;
	return old;
}

cold void arena_unmap(struct arena_mapping old)
{
	munmap(old.header, old.size);
}

/* ---- chunks ----------------------------------------------------------------------------------------------------- */

static cold bool has_ended(void)
{
	return snag_trace->flags & TRACE_ENDED;
}

/* Maps the next step of the file.  Called with the lock. */
static cold bool grow(void)
{
	size_t size = arena.step;
	bool is_done;
	int fd;

	if (arena.mapped + size > arena.reserved) {
		arena_count_cap(CAP_FILE);
		return false;
	}
	fd = file_again();
	if (fd < 0) {
		arena_count_lost(has_ended() ? LOST_AFTER_EXIT : LOST_UNREACHABLE, 1);
		return false;
	}
	is_done = file_map(fd, (char *)snag_trace, arena.mapped, size);
	close(fd);
	if (arena.step < LAST_CHUNKS * TRACE_CHUNK_SIZE)
		arena.step *= 2;
	return is_done;
}

/* No more chunks from now on.  Called with the lock. */
static cold void close_chunks(void)
{
	__atomic_fetch_or(&snag_trace->n_chunks, TRACE_CLOSED, __ATOMIC_RELEASE);
	if (!has_ended())
		__atomic_fetch_or(&snag_trace->flags, TRACE_STOPPED, __ATOMIC_RELEASE);
}

static cold struct chunk_header *chunk_take(uint32_t number)
{
	size_t end = TRACE_HEADER_SIZE + (size_t)(number + 1) * TRACE_CHUNK_SIZE;

	if (end > arena.mapped && !grow())
		return NULL;
	return (void *)((char *)snag_trace + end - TRACE_CHUNK_SIZE);
}

cold void *arena_chunk_new(enum chunk_kind kind, uint32_t *ret_number)
{
	struct chunk_header *chunk = NULL;
	uint32_t number;

	lock_acquire(&arena.lock);
	number = snag_trace->n_chunks;
	if (!(number & TRACE_CLOSED)) {
		chunk = chunk_take(number);
		if (!chunk)
			close_chunks();
	}
	if (chunk) {
		chunk->kind = kind;
		__atomic_store_n(&snag_trace->n_chunks, number + 1, __ATOMIC_RELEASE);
		*ret_number = number;
	}
	lock_release(&arena.lock);
	return chunk;
}

cold void arena_keep_open(void)
{
	int fd, high;

	lock_acquire(&arena.lock);
	if (!arena.kept_fd) {
		fd = file_again();
		high = fd >= 0 ? fcntl(fd, F_DUPFD_CLOEXEC, HIGH_FD) : -1;
		arena.kept_fd = high >= 0 ? high : 0;
		if (fd >= 0)
			close(fd);
	}
	lock_release(&arena.lock);
}

/* Destructors of libraries come after ours, and other threads may go on, too: what they do is recorded, and the file, which
 * is cut to its use here, grows again, in small steps. */
cold void arena_end(void)
{
	size_t size;
	int fd;

	lock_acquire(&arena.lock);
	size = TRACE_HEADER_SIZE + (size_t)(snag_trace->n_chunks & ~TRACE_CLOSED) * TRACE_CHUNK_SIZE;
	snag_trace->end_monotonic_ns = now_ns();
	__atomic_fetch_or(&snag_trace->flags, TRACE_ENDED, __ATOMIC_RELEASE);
	arena.step = TRACE_CHUNK_SIZE;
	fd = file_again();
	if (fd >= 0) {
		if (ftruncate(fd, (off_t)size) == 0)
			__atomic_store_n(&arena.mapped, size, __ATOMIC_RELEASE);
		close(fd);
	}
	lock_release(&arena.lock);
}
