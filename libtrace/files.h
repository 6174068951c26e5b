/* SPDX-License-Identifier: MIT */
/* Locks on files: those of flock(), which belong to an open file, and those of fcntl() and lockf(), which are on a range of
 * bytes and belong to a process, or (F_OFD_SETLK) to an open file.
 *
 * In our books such a lock has an address like all others: a number made of what it is, the same in all processes
 * (TRACE_FILE_LOCK).  A thread that has taken one holds it, though others may give it back, and though closing the file in
 * any way does so: whether it is still there is asked of the kernel when a new dependency is written.
 */
#ifndef SNAG_FILES_H
#define SNAG_FILES_H

#include "trace_format.h"

#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>

enum file_lock_form { FILE_LOCK_OPEN_FILE, FILE_LOCK_OPEN_RANGE, FILE_LOCK_PROCESS_RANGE, FILE_LOCK_FORMS };

struct file_lock {
	enum file_lock_form form;
	int fd;				/* by which it was taken */
	uint64_t device, inode;
	uint64_t start, end;		/* of a range: the byte after it; UINT64_MAX: to the end of the file, and beyond */
};

/* Describes the lock that flock(fd) is about.  false: fd is no open file. */
bool file_lock_whole(int fd, struct file_lock *ret_lock);

/* The same for fcntl(fd, ..., range). */
bool file_lock_range(int fd, enum file_lock_form form, const struct flock *range, struct file_lock *ret_lock);

/* Its address.  0: there are too many (counted). */
uint64_t file_lock_address(const struct file_lock *lock);

/* It has been taken, by this descriptor. */
void file_lock_taken(const struct file_lock *lock, uint64_t address);

/* The lock with this address, as it was taken last; NULL for any other address. */
const struct file_lock *file_lock_at(uint64_t address);

/* Has any been taken in this process? */
bool file_locks_exist(void);

/* Is it still held, as far as the kernel says? */
bool file_lock_is_held(uint64_t address);

/* In a forked child: another thread may have been at work here. */
void file_locks_reset(void);

/* Where it is, for the trace, and the path with its NUL. */
void file_lock_describe(uint64_t address, struct record_file *ret_file, char ret_path[PATH_MAX]);

#endif
