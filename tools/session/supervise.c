/* SPDX-License-Identifier: MIT */
/* Watches the program until it ends.
 *
 * One loop over descriptors, nothing is polled on time: signals (the program's end among them), the bell, the timeout,
 * and the end of the grace time after which a process that was told to end is killed.
 */
#include "supervise.h"

#include "../trace/pool.h"
#include "analysis.h"
#include "complain.h"
#include "debugger.h"

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

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void arm(int timer, double seconds)
{
	struct itimerspec spec = {.it_value.tv_sec = (time_t)seconds};

	spec.it_value.tv_nsec = (long)((seconds - (double)spec.it_value.tv_sec) * 1e9);
	timerfd_settime(timer, 0, &spec, NULL);
}

/* It is told to end by ending_tell().  False when it is not there any more, is not ours to end, or was told before. */
static bool end_process(struct supervision *watch, pid_t pid, const char *trace)
{
	bool is_child = pid == watch->child && !watch->has_ended;

	if (!ending_add(&watch->ending, pid, is_child ? NULL : trace))
		return false;
	arm(watch->grace, GRACE_S);
	return true;
}

/* ---- the program ------------------------------------------------------------------------------------------------ */

/* A program that stops itself (an editor on Ctrl-Z) expects its shell to notice: stop as well, and go on with it. */
static void stop_with_child(const struct supervision *watch)
{
	raise(SIGSTOP);
	kill(watch->child, SIGCONT);
}

static void look_at_child(struct supervision *watch)
{
	siginfo_t info = {0};

	while (waitid(P_PID, (id_t)watch->child, &info, WEXITED | WSTOPPED | WNOHANG) == 0 && info.si_pid) {
		if (info.si_code == CLD_STOPPED) {
			stop_with_child(watch);
			continue;
		}
		watch->has_ended = true;
		watch->end.code = info.si_code == CLD_EXITED ? info.si_status : -1;
		watch->end.signal = info.si_code == CLD_EXITED ? 0 : info.si_status;
		watch->end.monotonic_ns = now_ns();
		return;
	}
}

/* Signals that a process sent have codes of 0 and less; the terminal's went to the program as well. */
static void on_signals(struct supervision *watch)
{
	struct signalfd_siginfo info;

	while (read(watch->signals->fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM)
			watch->stopped_by = (int)info.ssi_signo;
		if (info.ssi_signo == SIGCHLD)
			look_at_child(watch);
		else if (info.ssi_code <= 0 && !watch->has_ended)
			kill(watch->child, (int)info.ssi_signo);
	}
}

/* ---- the bell --------------------------------------------------------------------------------------------------- */

static void deal_with(struct supervision *watch, const struct stuck_process *stuck)
{
	switch (watch->on_deadlock) {
	case DEADLOCK_END: /* a core is to show them asleep */
		process_let_sleep(stuck->pid, stuck->trace);
		if (end_process(watch, stuck->pid, stuck->trace) && !watch->is_silent)
			complain("process %d is ended with SIGABRT (--on-deadlock says what else can be done)",
				 (int)stuck->pid);
		break;
	case DEADLOCK_GDB:
		debugger_attach(stuck->pid, watch->signals);
		break;
	case DEADLOCK_WAIT:
		complain("process %d goes on as it is", (int)stuck->pid);
		break;
	}
}

static void deal_with_all(struct supervision *watch, struct stuck_process *stuck, size_t n)
{
	watch->is_stuck |= n > 0;
	for (size_t i = 0; i < n; i++)
		deal_with(watch, &stuck[i]);
	ending_tell(&watch->ending);
	free(stuck);
}

static void on_bell(struct supervision *watch)
{
	struct stuck_process *stuck;
	size_t n;

	bell_waiter_answer(&watch->bell);
	stuck = sightings_look(&watch->sightings, watch->shows_all, &n);
	deal_with_all(watch, stuck, n);
}

/* A circle that has just closed is told by the bell, with all that the shim knows. */
static void on_tick(struct supervision *watch)
{
	size_t n = 0;
	struct stuck_process *hung = vigil_look(&watch->vigil, &watch->sightings, watch->child, watch->shows_all, &n);

	deal_with_all(watch, hung, n);
}

/* ---- the timeout ------------------------------------------------------------------------------------------------ */

static void on_timeout(struct supervision *watch)
{
	struct trace_header header;
	size_t n, n_live = 0;
	char **traces = session_dir_traces(watch->dir, &n), **live = grow_array(NULL, n, sizeof(*live));

	for (size_t i = 0; i < n; i++)
		if (trace_header_read(traces[i], &header) && process_writes((pid_t)header.pid, traces[i]))
			live[n_live++] = traces[i];
	watch->has_timed_out = true;
	if (!watch->is_silent) {
		complain("the program still runs after %g s, and is ended; its threads:", watch->timeout_s);
		vigil_tell_all(&watch->vigil, &watch->sightings, watch->child, watch->shows_all);
	}
	end_process(watch, watch->child, NULL);
	for (size_t i = 0; i < n_live; i++)
		if (trace_header_read(live[i], &header) && (pid_t)header.pid != watch->child)
			end_process(watch, (pid_t)header.pid, live[i]);
	ending_tell(&watch->ending);
	free(live);
	traces_free(traces);
}

/* ---- the loop --------------------------------------------------------------------------------------------------- */

void supervision_watch(struct supervision *watch)
{
	struct pollfd fds[] = {{watch->signals->fd, POLLIN, 0},
			       {watch->bell.fd, POLLIN, 0},
			       {watch->timeout, POLLIN, 0},
			       {watch->grace, POLLIN, 0},
			       {watch->vigil.timer, POLLIN, 0}};
	uint64_t n_expired;

	if (watch->timeout_s > 0)
		arm(watch->timeout, watch->timeout_s);
	look_at_child(watch);
	while (!watch->has_ended) {
		if (poll(fds, sizeof(fds) / sizeof(*fds), -1) < 0)
			continue;
		if (fds[1].revents)
			on_bell(watch);
		if (fds[0].revents)
			on_signals(watch);
		if (fds[2].revents && read(watch->timeout, &n_expired, sizeof(n_expired)) > 0 && !watch->has_ended)
			on_timeout(watch);
		if (fds[3].revents && read(watch->grace, &n_expired, sizeof(n_expired)) > 0)
			ending_kill(&watch->ending);
		if (fds[4].revents && !watch->has_ended)
			on_tick(watch);
	}
	/* What came with the program's last breath: a signal that would end us now, a deadlock that closed. */
	on_signals(watch);
	if (poll(&fds[1], 1, 0) > 0)
		on_bell(watch);
}

int supervision_init(struct supervision *supervision, const struct session_dir *dir, const struct signals *signals)
{
	supervision->dir = dir;
	supervision->signals = signals;
	sightings_init(&supervision->sightings, dir, supervision->is_silent);
	supervision->timeout = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	supervision->grace = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
	if (supervision->timeout < 0 || supervision->grace < 0 || vigil_init(&supervision->vigil, dir))
		return -1;
	return bell_waiter_init(&supervision->bell, dir->bell);
}

void supervision_deinit(struct supervision *supervision)
{
	bell_waiter_deinit(&supervision->bell);
	ending_deinit(&supervision->ending);
	sightings_deinit(&supervision->sightings);
	vigil_deinit(&supervision->vigil);
	close(supervision->timeout);
	close(supervision->grace);
}
