/* SPDX-License-Identifier: MIT */
/* Locks on files: flock(), fcntl() and lockf(), with what else these are called for; and close(). */
#undef _FILE_OFFSET_BITS /* it would make fcntl another name of fcntl64 */
#include "say.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* One file, opened twice. */
static int file, other;

static int open_again(void)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	return open(path, O_RDWR | O_CLOEXEC);
}

/* ---- flock ------------------------------------------------------------------------------------------------------- */

static long wait_for_flock(void *unused)
{
	return flock(other, LOCK_EX);
}

static void let_flock_go(void *unused)
{
	flock(file, LOCK_UN);
}

static void tell_flock(void)
{
	const struct attempt attempt = {"flock", wait_for_flock};

	CALL(flock, "no file", -1, LOCK_EX);
	CALL(flock, "nothing", file, 0);
	CALL(flock, "two things", file, LOCK_SH | LOCK_EX);
	CALL(flock, "what is free", file, LOCK_UN);
	CALL(flock, "shared", file, LOCK_SH);
	CALL(flock, "shared by two", other, LOCK_SH | LOCK_NB);
	CALL(flock, "busy", other, LOCK_EX | LOCK_NB);
	CALL(flock, "exclusive after shared", file, LOCK_EX);
	CALL(flock, "again", file, LOCK_EX);
	CALL(flock, "shared, but busy", other, LOCK_SH | LOCK_NB);
	interrupt(attempt);
	cancel_within(attempt, let_flock_go);
	CALL(flock, "given back", other, LOCK_UN);
	CALL(flock, "free", file, LOCK_EX | LOCK_NB);
	CALL(flock, "given back", file, LOCK_UN);
}

/* ---- a process that has what is wanted ---------------------------------------------------------------------------- */

struct holder {
	pid_t pid;
	int pipe[2];
};

/* It has bytes 0 to 9, and ends when the pipe is closed. */
static void hold(const struct holder *holder)
{
	struct flock range = {.l_type = F_WRLCK, .l_len = 10};
	char byte = 0;

	if (fcntl(file, F_SETLK, &range) || write(holder->pipe[1], &byte, 1) != 1)
		abort();
	close(holder->pipe[1]);
	for (;;)
		pause();
}

static struct holder holder_new(void)
{
	struct holder holder;
	char byte;

	fflush(stdout);
	if (pipe(holder.pipe))
		abort();
	holder.pid = fork();
	if (holder.pid == 0)
		hold(&holder);
	if (read(holder.pipe[0], &byte, 1) != 1)
		abort();
	return holder;
}

static void holder_free(struct holder *holder)
{
	kill(holder->pid, SIGKILL);
	waitpid(holder->pid, NULL, 0);
	close(holder->pipe[0]);
	close(holder->pipe[1]);
}

/* ---- fcntl ------------------------------------------------------------------------------------------------------- */

static int (*control)(int fd, int command, ...);

static int set(int fd, int command, short type, off_t start, off_t size)
{
	struct flock range = {.l_type = type, .l_start = start, .l_len = size};

	return control(fd, command, &range);
}

static long wait_for_range(void *unused)
{
	return set(file, F_SETLKW, F_WRLCK, 5, 1);
}

static long wait_for_open_range(void *unused)
{
	return set(other, F_OFD_SETLKW, F_WRLCK, 5, 1);
}

static void tell_waits(const char *name)
{
	const struct attempt attempt = {name, wait_for_range}, open_attempt = {name, wait_for_open_range};
	struct holder holder;

	cancel_before(attempt);
	cancel_before(open_attempt);
	set(file, F_SETLK, F_UNLCK, 0, 0);
	holder = holder_new();
	CALL_AS(name, "busy", set(file, F_SETLK, F_RDLCK, 9, 1));
	CALL_AS(name, "not busy", set(file, F_SETLK, F_RDLCK, 10, 1));
	CALL_AS(name, "an open file's, busy", set(other, F_OFD_SETLK, F_WRLCK, 0, 0));
	cancel_before(attempt);
	cancel_within(attempt, NULL);
	interrupt(attempt);
	cancel_within(open_attempt, NULL);
	interrupt(open_attempt);
	holder_free(&holder);
	CALL_AS(name, "after its owner's end", set(file, F_SETLKW, F_WRLCK, 5, 1));
}

static void tell_control(const char *name)
{
	CALL_AS(name, "no file", control(-1, F_GETFL));
	CALL_AS(name, "flags", control(file, F_GETFL) & O_ACCMODE);
	CALL_AS(name, "a copy", close(control(file, F_DUPFD_CLOEXEC, 100)));
	CALL_AS(name, "no command", control(file, 12345, 0));
	CALL_AS(name, "no range", control(file, F_SETLK, NULL));
	CALL_AS(name, "a lock of no file", set(-1, F_SETLK, F_WRLCK, 0, 0));
	CALL_AS(name, "a lock of no kind", set(file, F_SETLK, 77, 0, 0));
	CALL_AS(name, "before the beginning", set(file, F_SETLK, F_WRLCK, -5, 1));
	CALL_AS(name, "backwards", set(file, F_SETLK, F_WRLCK, 5, -3));
	CALL_AS(name, "shared after exclusive", set(file, F_SETLK, F_RDLCK, 2, 3));
	CALL_AS(name, "to the end", set(file, F_SETLKW, F_WRLCK, 100, 0));
	CALL_AS(name, "part of it given back", set(file, F_SETLK, F_UNLCK, 200, 1));
	CALL_AS(name, "an open file's", set(file, F_OFD_SETLK, F_WRLCK, 50, 1));
	CALL_AS(name, "another's", set(other, F_OFD_SETLK, F_WRLCK, 50, 1));
	CALL_AS(name, "all given back", set(file, F_OFD_SETLK, F_UNLCK, 0, 0));
	CALL_AS(name, "an open file's that waits", set(other, F_OFD_SETLKW, F_WRLCK, 50, 1));
	CALL_AS(name, "given back", set(other, F_OFD_SETLK, F_UNLCK, 50, 1));
	CALL_AS(name, "all given back", set(file, F_SETLK, F_UNLCK, 0, 0));
	tell_waits(name);
	CALL_AS(name, "all given back", set(file, F_SETLK, F_UNLCK, 0, 0));
}

/* ---- lockf ------------------------------------------------------------------------------------------------------- */

static int (*lock_file)(int fd, int command, off_t size);

static long wait_for_file(void *unused)
{
	return lock_file(file, F_LOCK, 5);
}

static void tell_lockf(const char *name)
{
	const struct attempt attempt = {name, wait_for_file};
	struct holder holder;

	CALL_AS(name, "no file", lock_file(-1, F_LOCK, 0));
	CALL_AS(name, "no command", lock_file(file, 77, 0));
	CALL_AS(name, "before the beginning", lock_file(file, F_TLOCK, -1));
	CALL_AS(name, "free", lock_file(file, F_LOCK, 5));
	CALL_AS(name, "again", lock_file(file, F_TLOCK, 5));
	CALL_AS(name, "own", lock_file(file, F_TEST, 5));
	CALL_AS(name, "given back", lock_file(file, F_ULOCK, 0));
	cancel_before(attempt);
	lock_file(file, F_ULOCK, 0);
	holder = holder_new();
	CALL_AS(name, "busy", lock_file(file, F_TLOCK, 5));
	CALL_AS(name, "another's", lock_file(file, F_TEST, 5));
	cancel_before(attempt);
	cancel_within(attempt, NULL);
	interrupt(attempt);
	holder_free(&holder);
	CALL_AS(name, "after its owner's end", lock_file(file, F_LOCK, 5));
	CALL_AS(name, "given back", lock_file(file, F_ULOCK, 5));
}

/* ---- close ------------------------------------------------------------------------------------------------------- */

static void tell_close(void)
{
	flock(file, LOCK_EX);
	CALL(flock, "before a close", other, LOCK_EX | LOCK_NB);
	CALL(close, "a locked file", file);
	CALL(flock, "after a close", other, LOCK_EX | LOCK_NB);
	CALL(close, "the last one", other);
	CALL(close, "no file", -1);
}

void tell_files(void)
{
	file = memfd_create("semantics", MFD_CLOEXEC);
	other = open_again();
	tell_flock();
	control = fcntl;
	tell_control("fcntl");
	control = fcntl64;
	tell_control("fcntl64");
	lock_file = lockf;
	tell_lockf("lockf");
	lock_file = (int (*)(int, int, off_t))lockf64;
	tell_lockf("lockf64");
	tell_close();
}
