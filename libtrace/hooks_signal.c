/* SPDX-License-Identifier: MIT */
/* Signals: which of them have a handler.  The handlers are called as ever; a stack that leads through one says so. */
#include "hooks.h"

#include "inside.h"

#include <signal.h>

static void has_handler(int number, sighandler_t handler)
{
	if (handler != SIG_DFL && handler != SIG_IGN && handler != SIG_ERR)
		inside_handles(number, (uintptr_t)handler);
}

exported int sigaction(int number, const struct sigaction *action, struct sigaction *old)
{
	if (action)
		has_handler(number, action->sa_handler);
	return real.sigaction(number, action, old);
}

exported sighandler_t signal(int number, sighandler_t handler)
{
	has_handler(number, handler);
	return real.signal(number, handler);
}

/* The unwinder blocks signals at every frame, and again lets them in.  They are blocked as long as it works (lock.h). */
exported int sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return stack_is_being_taken() ? 0 : real.sigprocmask(how, set, old);
}
