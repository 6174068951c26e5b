/* SPDX-License-Identifier: MIT */
/* The loader, processes, users, raw system calls, and the guards of C++ static locals. */
#include "say.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <link.h>
#include <linux/futex.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- loader ------------------------------------------------------------------------------------------------------ */

static int stop(struct dl_phdr_info *info, size_t size, void *result)
{
	return *(int *)result;
}

static void tell_loader(void)
{
	void *library = dlopen("libc.so.6", RTLD_LAZY);
	int result = 42;

	CALL_AS("dlopen", "there", !library);
	CALL_AS("dlopen", "not there", !dlopen("libno_such_library.so", RTLD_LAZY));
	CALL_AS("dlopen", "the program", !dlopen(NULL, RTLD_LAZY));
	CALL_AS("dlopen", "no mode", !dlopen("libc.so.6", 0));
	CALL(dl_iterate_phdr, "stopped", stop, &result);
	result = 0;
	CALL(dl_iterate_phdr, "to the end", stop, &result);
	CALL(dlclose, "open", library);
	CALL(dlclose, "not open", library);
}

static void tell_pipe(void)
{
	int ends[2];

	CALL(pipe2, "two ends", ends, O_NONBLOCK);
	CALL_AS("pipe2", "which do not wait", read(ends[0], &ends, 1));
	CALL(pipe2, "no such flag", ends, -1);
}

/* ---- users: each in a child, which cannot go back ---------------------------------------------------------------- */

enum { NOBODY = 65534 };

static void leave_root(void *unused)
{
	CALL(chroot, "not there", "/no/such/folder");
	CALL(chroot, "the same", "/");
	CALL(setuid, "to nobody", NOBODY);
	CALL(setuid, "back", 0);
	CALL(chroot, "as nobody", "/");
}

static void leave_effective(void *unused)
{
	CALL(seteuid, "to nobody", NOBODY);
	CALL(seteuid, "to another", NOBODY - 1);
	CALL(seteuid, "back", 0);
	CALL(seteuid, "no user", -1);
}

static void leave_real(void *unused)
{
	CALL(setreuid, "to nobody", NOBODY, NOBODY);
	CALL(setreuid, "back", 0, 0);
}

static void leave_saved(void *unused)
{
	CALL(setresuid, "to nobody", NOBODY, NOBODY, NOBODY);
	CALL(setresuid, "back", 0, 0, 0);
}

/* ---- signals ------------------------------------------------------------------------------------------------------ */

static volatile sig_atomic_t n_signals;

static void count_signal(int number)
{
	n_signals++;
}

static void tell_signals(void)
{
	struct sigaction counts = {.sa_handler = count_signal}, old;
	sigset_t mask;

	CALL_AS("signal", "the first", signal(SIGUSR1, count_signal) != SIG_DFL);
	CALL_AS("signal", "comes", raise(SIGUSR1) + n_signals);
	CALL_AS("signal", "the second", signal(SIGUSR1, SIG_IGN) != count_signal);
	CALL_AS("signal", "no such", signal(SIGKILL, count_signal) == SIG_ERR);
	CALL(sigaction, "asks", SIGUSR1, NULL, &old);
	CALL_AS("sigaction", "is told", old.sa_handler != SIG_IGN);
	CALL(sigaction, "sets", SIGUSR1, &counts, &old);
	CALL_AS("sigaction", "comes", raise(SIGUSR1) + n_signals);
	CALL(sigaction, "no such", SIGKILL, &counts, NULL);
	CALL(sigaction, "undone", SIGUSR1, &old, NULL);
	CALL(sigprocmask, "blocks", SIG_BLOCK, &(sigset_t){{1ul << (SIGUSR2 - 1)}}, &mask);
	CALL_AS("sigprocmask", "told", sigismember(&mask, SIGUSR2));
	CALL(sigprocmask, "asks", SIG_SETMASK, NULL, &mask);
	CALL_AS("sigprocmask", "is told", sigismember(&mask, SIGUSR2));
	CALL(sigprocmask, "how", 77, &mask, NULL);
	CALL(sigprocmask, "undone", SIG_UNBLOCK, &mask, NULL);
}

/* ---- calls that block -------------------------------------------------------------------------------------------- */

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static long sleep_long(void *unused)
{
	return poll(NULL, 0, 100000);
}

static void tell_blocking(void)
{
	const struct timespec at_once = {0, 1};
	struct timeval no_time = {0, 0};
	struct pollfd bad = {.fd = 9999};
	struct epoll_event event;

	CALL(sleep, "at once", 0);
	CALL(usleep, "at once", 1);
	CALL(nanosleep, "at once", &at_once, NULL);
	CALL(nanosleep, "nonsense", &nonsense, NULL);
	CALL(clock_nanosleep, "at once", CLOCK_MONOTONIC, 0, &at_once, NULL);
	CALL(clock_nanosleep, "no such clock", NO_CLOCK, 0, &at_once, NULL);
	CALL(poll, "nothing", NULL, 0, 0);
	CALL(poll, "no such file", &bad, 1, 0);
	CALL(select, "nothing", 0, NULL, NULL, NULL, &no_time);
	CALL(select, "too few", -1, NULL, NULL, NULL, &no_time);
	CALL(ppoll, "nothing", NULL, 0, &at_once, NULL);
	CALL(ppoll, "no such file", &bad, 1, &at_once, NULL);
	CALL(pselect, "nothing", 0, NULL, NULL, NULL, &at_once, NULL);
	CALL(pselect, "too few", -1, NULL, NULL, NULL, &at_once, NULL);
	CALL(epoll_wait, "no such file", -1, &event, 1, 0);
	CALL(epoll_wait, "no room", 0, &event, 0, 0);
	CALL(epoll_pwait, "no such file", -1, &event, 1, 0, NULL);
	pthread_mutex_lock(&held);
	CALL(usleep, "with a lock", 120000);
	CALL(nanosleep, "nonsense with a lock", &nonsense, NULL);
	pthread_mutex_unlock(&held);
	interrupt((struct attempt){"poll", sleep_long});
}

/* ---- raw system calls -------------------------------------------------------------------------------------------- */

static int word;

static long wait_for_word(void *unused)
{
	return syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
}

static void wake_word(void *unused)
{
	__atomic_store_n(&word, 1, __ATOMIC_SEQ_CST);
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
}

static void tell_syscalls(void)
{
	const struct timespec at_once = {0, 1};

	CALL_AS("syscall", "that succeeds", syscall(SYS_getpid) != getpid());
	CALL(syscall, "no such call", -1);
	CALL(syscall, "another value", SYS_futex, &word, FUTEX_WAIT_PRIVATE, 1, NULL, NULL, 0);
	CALL(syscall, "too late", SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &at_once, NULL, 0);
	CALL(syscall, "nonsense", SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &nonsense, NULL, 0);
	CALL(syscall, "nobody waits", SYS_futex, &word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	CALL(syscall, "of nothing", SYS_futex, NULL, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0);
	interrupt((struct attempt){"syscall", wait_for_word});
	cancel_within((struct attempt){"syscall", wait_for_word}, wake_word);
}

static void tell_fork(void)
{
	int status = -1;
	pid_t pid;

	fflush(stdout);
	errno = 0;
	pid = _Fork();
	if (pid == 0) {
		say("_Fork", "in the child", 0, errno);
		fflush(stdout);
		_exit(3);
	}
	waitpid(pid, &status, 0);
	say("_Fork", "in the parent", WEXITSTATUS(status), pid < 0 ? errno : 0);
}

/* ---- other programs ---------------------------------------------------------------------------------------------- */

static char *const arguments[] = {"sh", "-c", "exit ${STATUS:-9}", NULL};
static char *const environment[] = {"STATUS=5", NULL};

static void fail_to_go_on(void *unused)
{
	CALL(execv, "not there", "/no/such/program", arguments);
	CALL(execvp, "not there", "no-such-program", arguments);
	CALL(execve, "not there", "/no/such/program", arguments, environment);
	CALL(execvpe, "not there", "no-such-program", arguments, environment);
	CALL(fexecve, "not open", -1, arguments, environment);
}

static void go_on_by_path(void *unused)
{
	execv("/bin/sh", arguments);
}

static void go_on_by_name(void *unused)
{
	execvp("sh", arguments);
}

static void go_on_elsewhere(void *unused)
{
	execve("/bin/sh", arguments, environment);
}

static void go_on_by_name_elsewhere(void *unused)
{
	execvpe("sh", arguments, environment);
}

static void go_on_by_file(void *unused)
{
	fexecve(open("/bin/sh", O_RDONLY), arguments, environment);
}

static void tell_status(const char *function, pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	say(function, "ends", WEXITSTATUS(status), 0);
}

static void tell_exec(const char *function, void (*go_on)(void *))
{
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		go_on(NULL);
		_exit(1);
	}
	tell_status(function, pid);
}

static void tell_programs(void)
{
	pid_t pid = 0;

	in_child(fail_to_go_on, NULL);
	tell_exec("execv", go_on_by_path);
	tell_exec("execvp", go_on_by_name);
	tell_exec("execve", go_on_elsewhere);
	tell_exec("execvpe", go_on_by_name_elsewhere);
	tell_exec("fexecve", go_on_by_file);
	CALL(posix_spawn, "there", &pid, "/bin/sh", NULL, NULL, arguments, environment);
	tell_status("posix_spawn", pid);
	CALL(posix_spawn, "not there", &pid, "/no/such/program", NULL, NULL, arguments, environment);
	CALL(posix_spawnp, "there", &pid, "sh", NULL, NULL, arguments, environment);
	tell_status("posix_spawnp", pid);
	CALL(posix_spawnp, "not there", &pid, "no-such-program", NULL, NULL, arguments, environment);
}

void tell_processes(void)
{
	tell_loader();
	tell_pipe();
	tell_signals();
	tell_blocking();
	tell_syscalls();
	tell_fork();
	tell_programs();
	in_child(leave_root, NULL);
	in_child(leave_effective, NULL);
	in_child(leave_real, NULL);
	in_child(leave_saved, NULL);
}

/* ---- C++ static locals ------------------------------------------------------------------------------------------- */

/* The C++ runtime has no C header. */
int __cxa_guard_acquire(uint64_t *guard);
void __cxa_guard_release(uint64_t *guard);
void __cxa_guard_abort(uint64_t *guard);

static uint64_t guard;

static long acquire_guard(void *unused)
{
	return __cxa_guard_acquire(&guard);
}

static void release_guard(void *unused)
{
	__cxa_guard_release(&guard);
}

void tell_guards(void)
{
	const struct attempt attempt = {"__cxa_guard_acquire", acquire_guard};

	CALL(__cxa_guard_acquire, "free", &guard);
	CALL_VOID(__cxa_guard_abort, "own", &guard);
	CALL(__cxa_guard_acquire, "after one that was given up", &guard);
	cancel_within(attempt, release_guard);
	CALL(__cxa_guard_acquire, "done", &guard);
	guard = 0;
	CALL(__cxa_guard_acquire, "free", &guard);
	CALL_VOID(__cxa_guard_release, "own", &guard);
}
