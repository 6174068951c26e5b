/* SPDX-License-Identifier: MIT */
/* The signals that a supervisor keeps away from itself while the program runs. */
#include "signals.h"

#include <sys/signalfd.h>
#include <unistd.h>

/* An inherited "ignore" for SIGCHLD would take the program's exit status away. */
static const struct {
	int signal;
	void (*handler)(int);
} changed[SIGNALS_CHANGED] = {{SIGINT, SIG_IGN}, {SIGQUIT, SIG_IGN}, {SIGCHLD, SIG_DFL}};

int signals_init(struct signals *signals)
{
	sigset_t read_here;

	sigemptyset(&read_here);
	sigaddset(&read_here, SIGCHLD);
	sigaddset(&read_here, SIGTERM);
	sigaddset(&read_here, SIGHUP);
	signals->fd = signalfd(-1, &read_here, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals->fd < 0)
		return -1;
	sigprocmask(SIG_BLOCK, &read_here, &signals->mask);
	for (int i = 0; i < SIGNALS_CHANGED; i++) {
		struct sigaction action = {.sa_handler = changed[i].handler};

		sigaction(changed[i].signal, &action, &signals->actions[i]);
	}
	return 0;
}

void signals_restore(const struct signals *signals)
{
	for (int i = 0; i < SIGNALS_CHANGED; i++)
		sigaction(changed[i].signal, &signals->actions[i], NULL);
	sigprocmask(SIG_SETMASK, &signals->mask, NULL);
}

void signals_deinit(struct signals *signals)
{
	signals_restore(signals);
	close(signals->fd);
}
