/* SPDX-License-Identifier: MIT */
/* Calls that may block for long.  With nothing held they are of no interest; with a lock held the time is taken.
 *
 * A thread that asks again and again for several descriptors at once is an event loop: all that it serves waits with it.
 */
#include "hooks.h"

#include "arena.h"
#include "semaphores.h"

enum {
	LONG_NS = 100000000,
	LOOP_POLLS = 3, /* who waits so often for several descriptors is a loop */
};

/* The newest lock in its hands, or NULL.  A semaphore that was never given back may be no lock but a sign of life. */
static const struct live_hold *newest_lock(const struct thread *t)
{
	for (uint32_t i = t->slot->n_holds; i; i--)
		if (t->holds[i - 1].kind != OBJECT_SEM || semaphore_known((const sem_t *)t->holds[i - 1].address).is_given_back)
			return &t->holds[i - 1];
	return NULL;
}

static cold void note(uintptr_t pc, uintptr_t frame, uint64_t since_ns)
{
	struct thread *t = now_ns() - since_ns < LONG_NS ? NULL : thread_here(frame);
	const struct live_hold *hold = t ? newest_lock(t) : NULL;

	if (hold)
		record_held_across(t, hold, stack_here(t, pc, frame));
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

/* ---- event loops ------------------------------------------------------------------------------------------------ */

static cold void count_poll(struct thread *t)
{
	if (++t->n_polls >= LOOP_POLLS)
		__atomic_fetch_or(&t->slot->flags, SLOT_LOOP, __ATOMIC_RELAXED);
}

/* Is it worth counting? */
static inline bool is_counted(void)
{
	return thread_active && !(thread_active->slot->flags & SLOT_LOOP);
}

static cold int count_descriptors(int n, const fd_set *set)
{
	int n_set = 0;

	for (int fd = 0; set && fd < n && fd < FD_SETSIZE; fd++)
		n_set += FD_ISSET(fd, set) != 0;
	return n_set;
}

static cold void note_select(int n, const fd_set *in, const fd_set *out, const fd_set *other)
{
	if (count_descriptors(n, in) + count_descriptors(n, out) + count_descriptors(n, other) > 1)
		count_poll(thread_active);
}

exported int poll(struct pollfd *fds, nfds_t n, int timeout)
{
	if (n > 1 && is_counted())
		count_poll(thread_active);
	BLOCKING(int, real.poll(fds, n, timeout));
}

exported int ppoll(struct pollfd *fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask)
{
	if (n > 1 && is_counted())
		count_poll(thread_active);
	BLOCKING(int, real.ppoll(fds, n, timeout, mask));
}

exported int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
	if (is_counted())
		note_select(n, in, out, other);
	BLOCKING(int, real.select(n, in, out, other, timeout));
}

exported int pselect(int n, fd_set *in, fd_set *out, fd_set *other, const struct timespec *timeout, const sigset_t *mask)
{
	if (is_counted())
		note_select(n, in, out, other);
	BLOCKING(int, real.pselect(n, in, out, other, timeout, mask));
}

/* A thread that sleeps here does nothing else, and may well have a lock that is its own. */
exported int epoll_wait(int fd, struct epoll_event *events, int n, int timeout)
{
	if (is_counted())
		count_poll(thread_active);
	return real.epoll_wait(fd, events, n, timeout);
}

exported int epoll_pwait(int fd, struct epoll_event *events, int n, int timeout, const sigset_t *mask)
{
	if (is_counted())
		count_poll(thread_active);
	return real.epoll_pwait(fd, events, n, timeout, mask);
}
