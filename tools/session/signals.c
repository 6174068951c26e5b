/* SPDX-License-Identifier: MIT */
/* The signals that a supervisor takes from a descriptor while the program runs. */
#include "signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

static const int taken[] = {SIGCHLD, SIGHUP, SIGINT, SIGQUIT, SIGTERM, SIGUSR1, SIGUSR2};

int signals_init(struct signals *signals)
{
	/* An inherited "ignore" for SIGCHLD would take the program's exit status away. */
	struct sigaction on_child = {.sa_handler = SIG_DFL};
	sigset_t set;

	sigemptyset(&set);
	for (unsigned i = 0; i < sizeof(taken) / sizeof(*taken); i++)
		sigaddset(&set, taken[i]);
	signals->fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return -1;
	sigprocmask(SIG_BLOCK, &set, &signals->mask);
	sigaction(SIGCHLD, &on_child, &signals->on_child);
	return 0;
}

void signals_restore(const struct signals *signals)
{
	sigaction(SIGCHLD, &signals->on_child, NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void signals_deinit(struct signals *signals)
{
	signals_restore(signals);
	close(signals->fd);
}

static volatile sig_atomic_t noted;

static void note(int signal)
{
	noted = signal;
}

void signals_note(void)
{
	const struct sigaction action = {.sa_handler = note, .sa_flags = SA_RESTART | (int)SA_RESETHAND};

	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTERM, &action, NULL);
}

int signals_noted(void)
{
	return noted;
}
