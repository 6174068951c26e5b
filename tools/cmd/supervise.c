/* SPDX-License-Identifier: MIT */
/* Watches the program until it ends.
 *
 * One loop over descriptors, nothing is polled on time: signals (the program's end among them), the bell, the timeout,
 * and the end of the grace time after which a process that was told to end is killed.
 */
#include "supervise.h"

#include "analysis.h"
#include "bell.h"
#include "complain.h"
#include "gdb.h"
#include "watched.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { GRACE_S = 2 };

/* The loop's own state. */
struct loop {
	struct supervision *of;
	struct bell_waiter bell;
	int timeout, grace; /* timerfds */
	struct ending ending;
	bool has_ended;
};

static void arm(int timer, double seconds)
{
	struct itimerspec spec = {.it_value.tv_sec = (time_t)seconds};

	spec.it_value.tv_nsec = (long)((seconds - (double)spec.it_value.tv_sec) * 1e9);
	timerfd_settime(timer, 0, &spec, NULL);
}

/* False when the process is not there any more, or is not ours to end. */
static bool end_process(struct loop *loop, pid_t pid, const char *trace)
{
	bool is_child = pid == loop->of->child && !loop->has_ended;

	if (!ending_add(&loop->ending, pid, is_child ? NULL : trace))
		return false;
	arm(loop->grace, GRACE_S);
	return true;
}

/* ---- the program ------------------------------------------------------------------------------------------------ */

/* A program that stops itself (an editor on Ctrl-Z) expects its shell to notice: stop as well, and go on with it. */
static void stop_with_child(const struct loop *loop)
{
	raise(SIGSTOP);
	kill(loop->of->child, SIGCONT);
}

static void look_at_child(struct loop *loop)
{
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)loop->of->child, &info, WEXITED | WSTOPPED | WNOHANG) == 0 && info.si_pid) {
		if (info.si_code == CLD_STOPPED) {
			stop_with_child(loop);
			continue;
		}
		loop->has_ended = true;
		loop->of->end.code = info.si_code == CLD_EXITED ? info.si_status : -1;
		loop->of->end.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
		return;
	}
}

/* Signals that a process sent have codes of 0 and less; the terminal's went to the program as well. */
static void on_signals(struct loop *loop)
{
	struct signalfd_siginfo info;

	while (read(loop->of->signals->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGCHLD)
			look_at_child(loop);
		else if (info.ssi_code <= 0 && !loop->has_ended)
			kill(loop->of->child, (int)info.ssi_signo);
	}
}

/* ---- the bell --------------------------------------------------------------------------------------------------- */

static void deal_with(struct loop *loop, const struct stuck_process *stuck)
{
	switch (loop->of->on_deadlock) {
	case DEADLOCK_END:
		if (end_process(loop, stuck->pid, stuck->trace))
			complain("process %d is ended with SIGABRT (--on-deadlock says what else can be done)",
				 (int)stuck->pid);
		break;
	case DEADLOCK_GDB:
		gdb_attach(stuck->pid, loop->of->signals);
		break;
	case DEADLOCK_WAIT:
		complain("process %d goes on as it is", (int)stuck->pid);
		break;
	}
}

static void on_bell(struct loop *loop)
{
	struct stuck_process *stuck;
	size_t n;

	bell_waiter_answer(&loop->bell);
	stuck = sightings_look(&loop->of->sightings, loop->of->shows_all, &n);
	for (size_t i = 0; i < n; i++)
		deal_with(loop, &stuck[i]);
	free(stuck);
}

/* ---- the timeout ------------------------------------------------------------------------------------------------ */

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void tell_what_runs(const struct loop *loop, char *const traces[], size_t n)
{
	struct text_output output;
	struct analysis analysis;
	struct session *session;
	char *why = NULL;

	complain("the program still runs after %g s, and is ended; its threads:", loop->of->timeout_s);
	if (session_read(traces, n, &session, &why)) {
		free(why);
		return;
	}
	analysis_init_session(&analysis, session);
	text_begin(&output, stderr);
	report_live(analysis.report, &output.page, now_ns());
	text_end(&output);
	analysis_deinit(&analysis);
}

static void on_timeout(struct loop *loop)
{
	struct trace_header header;
	size_t n;
	char **traces = session_dir_traces(loop->of->dir, &n);

	loop->of->has_timed_out = true;
	tell_what_runs(loop, traces, n);
	end_process(loop, loop->of->child, NULL);
	for (size_t i = 0; i < n; i++)
		if (trace_header_read(traces[i], &header) && (pid_t)header.pid != loop->of->child)
			end_process(loop, (pid_t)header.pid, traces[i]);
	traces_free(traces);
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

static void watch(struct loop *loop)
{
	struct pollfd fds[] = {{loop->of->signals->fd, POLLIN, 0},
			       {loop->bell.fd, POLLIN, 0},
			       {loop->timeout, POLLIN, 0},
			       {loop->grace, POLLIN, 0}};
	uint64_t n_expired;

	look_at_child(loop);
	while (!loop->has_ended) {
		if (poll(fds, sizeof(fds) / sizeof(*fds), -1) < 0)
			continue;
		if (fds[1].revents)
			on_bell(loop);
		if (fds[0].revents)
			on_signals(loop);
		if (fds[2].revents && read(loop->timeout, &n_expired, sizeof(n_expired)) > 0 && !loop->has_ended)
			on_timeout(loop);
		if (fds[3].revents && read(loop->grace, &n_expired, sizeof(n_expired)) > 0)
			ending_kill(&loop->ending);
	}
	/* What came with the program's last breath: a signal that would end us now, a deadlock that closed. */
	on_signals(loop);
	if (poll(&fds[1], 1, 0) > 0)
		on_bell(loop);
}

static int loop_init(struct loop *loop, struct supervision *supervision)
{
	*loop = (struct loop){.of = supervision};
	loop->timeout = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	loop->grace = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (loop->timeout < 0 || loop->grace < 0)
		return -1;
	if (supervision->timeout_s > 0)
		arm(loop->timeout, supervision->timeout_s);
	return bell_waiter_init(&loop->bell, supervision->dir->bell);
}

static void loop_deinit(struct loop *loop)
{
	bell_waiter_deinit(&loop->bell);
	ending_deinit(&loop->ending);
	close(loop->timeout);
	close(loop->grace);
}

int supervise(struct supervision *supervision)
{
	struct loop loop;

	sightings_init(&supervision->sightings, supervision->dir);
	if (loop_init(&loop, supervision))
		return -1;
	watch(&loop);
	loop_deinit(&loop);
	return 0;
}

void supervision_deinit(struct supervision *supervision)
{
	sightings_deinit(&supervision->sightings);
}
