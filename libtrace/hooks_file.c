/* SPDX-License-Identifier: MIT */
/* Locks between processes: flock(), the locks of fcntl(), lockf(), and the close() that gives them back. */
#undef _FILE_OFFSET_BITS /* it would make fcntl another name of fcntl64 */
#include "hooks.h"

#include "files.h"

#include <stdarg.h>
#include <sys/file.h>
#include <unistd.h>

/* One call that asks for a lock.  `call` makes it, as it is or so that it does not wait. */
struct request {
	int (*call)(const struct request *request, bool waits);
	int (*fcntl)(int fd, int command, ...);
	int (*lockf)(int fd, int command, off_t size);
	int command;
	bool waits;
	void *argument;
	off_t size;
	struct file_lock lock;
	enum object_mode mode;
	uintptr_t pc, frame;
};

static bool is_busy(int rc)
{
	return rc < 0 && (errno == EAGAIN || errno == EACCES);
}

static cold void wait_end(void *acquire)
{
	hook_wait_end(acquire);
}

static cold int take_waiting(const struct request *request, struct hook_acquire *acquire)
{
	int saved_errno = errno, rc = request->call(request, false);

	if (!is_busy(rc))
		return rc;
	errno = saved_errno;
	hook_wait_begin(acquire);
	pthread_cleanup_push(wait_end, acquire);
	rc = request->call(request, true);
	pthread_cleanup_pop(1);
	return rc;
}

/* The thread may have it already, by the same descriptor: then it changes how it has it, and lets go of it first.  Returns
 * whether it had, and how. */
static cold bool let_go(struct thread *t, const struct request *request, uintptr_t address, struct live_hold *ret_old)
{
	const struct file_lock *known = file_lock_at(address);
	uint32_t i = t->slot->n_holds;

	if (request->lock.form != FILE_LOCK_PROCESS_RANGE && known->fd != request->lock.fd)
		return false;
	while (i-- > 0)
		if (t->holds[i].address == address) {
			*ret_old = t->holds[i];
			return record_released_own(t, address);
		}
	return false;
}

static cold void taken(struct thread *t, const struct request *request, uintptr_t address, uint32_t stack)
{
	thread_enter(t);
	file_lock_taken(&request->lock, address);
	thread_leave(t);
	record_acquired(t, address, OBJECT_FILE_LOCK, request->mode, stack);
}

static cold int take(struct thread *t, const struct request *request)
{
	struct hook_acquire acquire = {.t = t};
	struct live_hold old;
	uintptr_t address;
	bool had;
	int rc;

	thread_enter(t);
	address = file_lock_address(&request->lock);
	thread_leave(t);
	if (!address)
		return request->call(request, request->waits);
	had = let_go(t, request, address, &old);
	if (request->waits) {
		hook_acquire_begin(&acquire, request->pc, request->frame, address, OBJECT_FILE_LOCK, request->mode, 0);
		rc = take_waiting(request, &acquire);
	} else {
		rc = request->call(request, false);
	}
	if (rc == 0)
		taken(t, request, address, stack_here(t, request->pc, request->frame));
	else if (had && request->lock.form != FILE_LOCK_OPEN_FILE) /* flock() lets go of it before it tries */
		record_acquired(t, address, OBJECT_FILE_LOCK, old.mode, old.stack);
	return rc;
}

/* ---- giving back ------------------------------------------------------------------------------------------------- */

static cold bool is_within(const struct file_lock *inner, const struct file_lock *outer)
{
	return inner->device == outer->device && inner->inode == outer->inode && inner->start >= outer->start &&
	       inner->end <= outer->end;
}

static cold const struct file_lock *held_lock(const struct live_hold *hold)
{
	return hold->kind == OBJECT_FILE_LOCK ? file_lock_at(hold->address) : NULL;
}

/* The thread gives back all of this form that lie in this one. */
static cold void give_back(struct thread *t, const struct file_lock *lock)
{
	for (uint32_t i = t->slot->n_holds; i-- > 0;) {
		const struct file_lock *held = held_lock(&t->holds[i]);

		if (held && held->form == lock->form && is_within(held, lock))
			record_released_own(t, t->holds[i].address);
	}
}

/* Closing any descriptor of a file gives back all locks that the process has on ranges of it. */
static cold void closing(struct thread *t, int fd)
{
	struct file_lock whole;

	for (uint32_t i = t->slot->n_holds; i-- > 0;) {
		const struct file_lock *held = held_lock(&t->holds[i]);

		if (!held || !file_lock_whole(fd, &whole) || !is_within(held, &whole))
			continue;
		if (held->form == FILE_LOCK_PROCESS_RANGE || held->fd == fd)
			record_released_own(t, t->holds[i].address);
	}
}

exported int close(int fd)
{
	struct thread *t = thread_active;

	if (unlikely(file_locks_exist()) && t && t->slot->n_holds) {
		int saved_errno = errno;

		closing(t, fd);
		errno = saved_errno;
	}
	return real.close(fd);
}

/* ---- flock ------------------------------------------------------------------------------------------------------- */

static int call_flock(const struct request *request, bool waits)
{
	return real.flock(request->lock.fd, request->command | (waits ? 0 : LOCK_NB));
}

static bool has_whole(int fd, struct file_lock *lock)
{
	int saved_errno = errno;
	bool has = file_lock_whole(fd, lock);

	errno = saved_errno;
	return has;
}

exported int flock(int fd, int operation)
{
	struct request request = {
		.call = call_flock,
		.command = operation & ~LOCK_NB,
		.waits = !(operation & LOCK_NB),
		.mode = (operation & ~LOCK_NB) == LOCK_SH ? MODE_READ : MODE_WRITE,
		.pc = return_address(),
		.frame = caller_frame(),
	};
	struct thread *t = thread_here(caller_frame());

	if (!t || !has_whole(fd, &request.lock))
		return real.flock(fd, operation);
	if (request.command == LOCK_SH || request.command == LOCK_EX)
		return take(t, &request);
	if (request.command == LOCK_UN)
		give_back(t, &request.lock);
	return real.flock(fd, operation);
}

/* ---- fcntl ------------------------------------------------------------------------------------------------------- */

static int call_fcntl(const struct request *request, bool waits)
{
	int command = request->command;

	if (!waits && command == F_SETLKW)
		command = F_SETLK;
	if (!waits && command == F_OFD_SETLKW)
		command = F_OFD_SETLK;
	return request->fcntl(request->lock.fd, command, request->argument);
}

static bool has_range(int fd, int command, const struct flock *range, struct file_lock *lock)
{
	bool is_open = command == F_OFD_SETLK || command == F_OFD_SETLKW;
	int saved_errno = errno;
	bool has = file_lock_range(fd, is_open ? FILE_LOCK_OPEN_RANGE : FILE_LOCK_PROCESS_RANGE, range, lock);

	errno = saved_errno;
	return has;
}

static cold int control_lock(struct request *request, int fd, const struct flock *range)
{
	struct thread *t = thread_here(request->frame);

	request->waits = request->command == F_SETLKW || request->command == F_OFD_SETLKW;
	if (request->waits)
		pthread_testcancel();
	if (!t || !has_range(fd, request->command, range, &request->lock))
		return request->fcntl(fd, request->command, request->argument);
	request->mode = range->l_type == F_RDLCK ? MODE_READ : MODE_WRITE;
	if (range->l_type == F_RDLCK || range->l_type == F_WRLCK)
		return take(t, request);
	if (range->l_type == F_UNLCK)
		give_back(t, &request->lock);
	return request->fcntl(fd, request->command, request->argument);
}

static always_inline bool is_locking(int command, const void *argument)
{
	return argument && (command == F_SETLK || command == F_SETLKW || command == F_OFD_SETLK || command == F_OFD_SETLKW);
}

/* As the kernel is called: one argument, whether it was given or not. */
#define CONTROL(name)                                                                                                 \
	exported int name(int fd, int command, ...)                                                                   \
	{                                                                                                             \
		void *argument;                                                                                       \
		va_list more;                                                                                         \
                                                                                                                      \
		va_start(more, command);                                                                              \
		argument = va_arg(more, void *);                                                                      \
		va_end(more);                                                                                         \
		real_need_all();                                                                                      \
		if (likely(!is_locking(command, argument)))                                                           \
			return real.name(fd, command, argument);                                                      \
		return control_lock(&(struct request){.call = call_fcntl,                                             \
						      .fcntl = real.name,                                             \
						      .command = command,                                             \
						      .argument = argument,                                           \
						      .pc = return_address(),                                         \
						      .frame = caller_frame()},                                       \
				    fd, argument);                                                                    \
	}

CONTROL(fcntl)
CONTROL(fcntl64)

/* ---- lockf ------------------------------------------------------------------------------------------------------- */

static int call_lockf(const struct request *request, bool waits)
{
	return request->lockf(request->lock.fd, waits ? F_LOCK : F_TLOCK, request->size);
}

static cold int lock_file(struct request *request, int fd, int command)
{
	const struct flock range = {.l_whence = SEEK_CUR, .l_len = request->size};
	struct thread *t = thread_here(request->frame);

	request->waits = command == F_LOCK;
	if (request->waits)
		pthread_testcancel();
	if (!t || !has_range(fd, F_SETLK, &range, &request->lock))
		return request->lockf(fd, command, request->size);
	if (command == F_LOCK || command == F_TLOCK)
		return take(t, request);
	if (command == F_ULOCK)
		give_back(t, &request->lock);
	return request->lockf(fd, command, request->size);
}

#define LOCK_FILE(name, offset)                                                                                       \
	exported int name(int fd, int command, offset size)                                                           \
	{                                                                                                             \
		return lock_file(&(struct request){.call = call_lockf,                                                \
						   .lockf = real.name,                                                \
						   .size = size,                                                      \
						   .pc = return_address(),                                            \
						   .frame = caller_frame()},                                          \
				 fd, command);                                                                        \
	}

LOCK_FILE(lockf, off_t)
LOCK_FILE(lockf64, off64_t)
