/* SPDX-License-Identifier: MIT */
/* Calls that may block for long.  With nothing held they are of no interest; with a lock held the time is taken. */
#include "hooks.h"

#include "arena.h"

enum { LONG_NS = 100000000 };

static cold void note(uintptr_t pc, uintptr_t frame, uint64_t since_ns)
{
	struct thread *t = now_ns() - since_ns < LONG_NS ? NULL : thread_here(frame);

	if (t && t->slot->n_holds)
		record_held_across(t, stack_here(t, pc, frame));
}

static inline bool is_holding(void)
{
	return thread_active && thread_active->slot->n_holds;
}

static inline void pass_time(void)
{
	if (thread_active)
		full_time_passes(thread_active);
}

#define BLOCKING(returns, call)                                                                                       \
	uint64_t since_ns;                                                                                            \
	returns rc;                                                                                                   \
                                                                                                                      \
	pass_time();                                                                                                  \
	if (likely(!is_holding()))                                                                                    \
		return call;                                                                                          \
	since_ns = now_ns();                                                                                          \
	rc = call;                                                                                                    \
	note(return_address(), caller_frame(), since_ns);                                                             \
	return rc

exported unsigned sleep(unsigned seconds)
{
	BLOCKING(unsigned, real.sleep(seconds));
}

exported int usleep(useconds_t time)
{
	BLOCKING(int, real.usleep(time));
}

exported int nanosleep(const struct timespec *time, struct timespec *left)
{
	BLOCKING(int, real.nanosleep(time, left));
}

exported int clock_nanosleep(clockid_t clock, int flags, const struct timespec *time, struct timespec *left)
{
	BLOCKING(int, real.clock_nanosleep(clock, flags, time, left));
}

exported int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	BLOCKING(int, real.poll(fds, n, timeout));
}

exported int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
	BLOCKING(int, real.select(n, in, out, other, timeout));
}
