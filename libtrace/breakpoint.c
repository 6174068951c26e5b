/* SPDX-License-Identifier: MIT */
/* snag_breakpoint(): the calling thread drops into a debugger.
 *
 * The debugger is a process of its own, and nobody's child: the program must not get a SIGCHLD or an answer of wait() for
 * it.  It attaches, and lets all threads go on; this one has waited for just that, and then calls snag_on_breakpoint(),
 * where a GDB that knows Snag stops, and has it return 1.  For any other debugger the thread stops itself by SIGTRAP, which
 * is ignored meanwhile: a tracer is told of it all the same, and one that is no debugger passes it on without harm.
 */
#include "compiler.h"
#include "include/snag/snag.h"
#include "life.h"
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#undef snag_breakpoint

enum { LOOK_MS = 10, MAX_ARGUMENTS = 8 };

int snag_on_breakpoint(void);

/* A debugger's command line. */
struct debugger {
	const char *arguments[MAX_ARGUMENTS];
	char pid[16], program[PATH_MAX], text[PATH_MAX + 64];
	bool has_terminal;
	bool stops_us; /* it stays until somebody has looked at this thread */
};

static cold void complain(const char *what, const char *why)
{
	dprintf(STDERR_FILENO, "snag: snag_breakpoint: %s: %s\n", what, why);
}

/* The process that traces this thread, 0 for none. */
static cold pid_t tracer(void)
{
	char text[4096];
	const char *found;
	int fd = open("/proc/thread-self/status", O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0)
		close(fd);
	text[n < 0 ? 0 : n] = '\0';
	found = strstr(text, "\nTracerPid:");
	return found ? (pid_t)atoi(found + strlen("\nTracerPid:")) : 0;
}

exported cold int snag_on_breakpoint(void)
{
	int is_seen = 0;

	__asm__ volatile("" : "+r"(is_seen));
	return is_seen;
}

static cold void stop_here(void)
{
	struct sigaction ignore = {.sa_handler = SIG_IGN}, before;

	if (snag_on_breakpoint())
		return;
	sigaction(SIGTRAP, &ignore, &before);
	real.syscall(SYS_tgkill, (long)getpid(), (long)gettid(), SIGTRAP);
	sigaction(SIGTRAP, &before, NULL);
}

/* The program `snag`: beside this library in a build folder, or where it is installed. */
static cold const char *find_snag(struct debugger *debugger)
{
	Dl_info info;
	char *slash = NULL;

	if (dladdr((void *)find_snag, &info) &&
	    strlen(info.dli_fname) + sizeof("/../tools/snag") < sizeof(debugger->program)) {
		strcpy(debugger->program, info.dli_fname);
		slash = strrchr(debugger->program, '/');
	}
	if (slash) {
		strcpy(slash, "/../tools/snag");
		if (access(debugger->program, X_OK) == 0)
			return debugger->program;
	}
	return access(SNAG_BINDIR "/snag", X_OK) == 0 ? SNAG_BINDIR "/snag" : "snag";
}

static cold void choose_gdb(struct debugger *debugger)
{
	const char *arguments[] = {find_snag(debugger), "gdb", "--continue", "-p", debugger->pid};

	memcpy(debugger->arguments, arguments, sizeof(arguments));
	debugger->has_terminal = true;
	debugger->stops_us = true;
}

static cold void choose_server(struct debugger *debugger, const char *address)
{
	const char *arguments[] = {"gdbserver", "--attach", debugger->text, debugger->pid};
	const char *host = strchr(address, ':') ? "" : "127.0.0.1:";

	memcpy(debugger->arguments, arguments, sizeof(arguments));
	snprintf(debugger->text, sizeof(debugger->text), "%s%s", host, address);
	debugger->stops_us = true;
}

static cold void choose_core(struct debugger *debugger, const char *folder)
{
	const char *arguments[] = {"gdb", "--batch", "-nx", "-p", debugger->pid, "-ex", debugger->text};

	memcpy(debugger->arguments, arguments, sizeof(arguments));
	snprintf(debugger->text, sizeof(debugger->text), "generate-core-file %s/core.%s", folder, debugger->pid);
}

/* What SNAG_BREAKPOINT says.  false: nothing is to be done. */
static cold bool choose(struct debugger *debugger, const char *how)
{
	snprintf(debugger->pid, sizeof(debugger->pid), "%d", (int)getpid());
	if (!how || !*how || !strcmp(how, "gdb"))
		choose_gdb(debugger);
	else if (!strncmp(how, "server:", strlen("server:")))
		choose_server(debugger, how + strlen("server:"));
	else if (!strncmp(how, "core:", strlen("core:")))
		choose_core(debugger, how + strlen("core:"));
	else if (!strcmp(how, "core"))
		choose_core(debugger, ".");
	else
		return false;
	return true;
}

/* As fork(), but the program's handlers are not called, and no signal tells of the child's end. */
static cold pid_t fork_quietly(void)
{
	return (pid_t)real.syscall(SYS_clone, 0L, NULL, NULL, NULL, 0L);
}

/* In the child: the debugger is not to be recorded. */
static cold void forget_shim(void)
{
	char **kept = environ;

	for (char **at = environ; *at; at++)
		if (strncmp(*at, "LD_PRELOAD=", 11) && strncmp(*at, "SNAG_OPTIONS=", 13))
			*kept++ = *at;
	*kept = NULL;
}

static cold bool take_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR);

	return fd >= 0 && dup2(fd, STDIN_FILENO) >= 0 && dup2(fd, STDOUT_FILENO) >= 0 && dup2(fd, STDERR_FILENO) >= 0;
}

/* What the child and its child say, in any order, before they end or become another program. */
struct said {
	pid_t pid;
	int error;
};

/* In the child's child. */
static cold void become(const struct debugger *debugger, int pipe_end)
{
	struct said said = {.pid = 0};
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	forget_shim();
	if (!debugger->has_terminal || take_terminal())
		execvp(debugger->arguments[0], (char *const *)debugger->arguments);
	said.error = errno;
	_exit(write(pipe_end, &said, sizeof(said)) == sizeof(said) ? 127 : 1);
}

static cold void in_child(const struct debugger *debugger, int pipe_end)
{
	struct said said = {.pid = fork_quietly()};

	if (said.pid == 0)
		become(debugger, pipe_end);
	if (said.pid < 0)
		said = (struct said){.error = errno};
	_exit(write(pipe_end, &said, sizeof(said)) != sizeof(said));
}

/* The debugger's PID, or -1 with errno. */
static cold pid_t start(const struct debugger *debugger)
{
	struct said said, all = {.error = 0};
	pid_t child;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return -1;
	child = fork_quietly();
	if (child == 0)
		in_child(debugger, ends[1]);
	if (child < 0)
		all.error = errno;
	close(ends[1]);
	while (read(ends[0], &said, sizeof(said)) == sizeof(said)) {
		all.pid |= said.pid;
		all.error |= said.error;
	}
	close(ends[0]);
	if (child > 0)
		waitpid(child, NULL, __WCLONE);
	errno = all.error;
	return all.error ? -1 : all.pid;
}

/* Until the debugger has come (and we stop for it), or is gone. */
static cold void wait_for(const struct debugger *debugger, pid_t pid)
{
	const struct timespec pause = {.tv_nsec = LOOK_MS * 1000000L};

	while (kill(pid, 0) == 0 || errno == EPERM) {
		if (debugger->stops_us && tracer()) {
			stop_here();
			return;
		}
		nanosleep(&pause, NULL);
	}
}

static cold void call_debugger(void)
{
	struct debugger debugger = {.stops_us = false};
	const char *how = getenv("SNAG_BREAKPOINT");
	pid_t pid;

	if (!choose(&debugger, how)) {
		if (strcmp(how, "off"))
			complain(how, "SNAG_BREAKPOINT is gdb, server:[HOST:]PORT, core[:FOLDER] or off");
		return;
	}
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY, 0L, 0L, 0L); /* the debugger is not above us: Yama would refuse it */
	pid = start(&debugger);
	if (pid > 0)
		wait_for(&debugger, pid);
	else
		complain(debugger.arguments[0], strerror(errno));
}

exported void snag_breakpoint(void)
{
	struct thread *t = thread_here(caller_frame());
	int cancel_state;

	if (t)
		thread_enter(t);
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &cancel_state);
	if (tracer())
		stop_here();
	else
		call_debugger();
	pthread_setcancelstate(cancel_state, NULL);
	if (t)
		thread_leave(t);
}
