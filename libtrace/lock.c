/* SPDX-License-Identifier: MIT */
/* The signals that come later, while a thread has one of the shim's locks. */
#include "lock.h"

#include <signal.h>

#define BIT(number) (1ull << ((number) - 1))

/* Those that say what the thread does at this moment cannot come later; those of glibc itself (32 and 33) end soon. */
static const uint64_t now = BIT(SIGABRT) | BIT(SIGBUS) | BIT(SIGFPE) | BIT(SIGILL) | BIT(SIGSEGV) | BIT(SIGSYS) |
			    BIT(SIGTRAP) | BIT(32) | BIT(33);

uint64_t signals_handled;

static __thread uint64_t before __attribute__((tls_model("initial-exec")));

static cold void set_blocked(int how, const uint64_t *mask, uint64_t *ret_before)
{
	real.syscall(SYS_rt_sigprocmask, how, mask, ret_before, sizeof(*mask), 0, 0);
}

cold void lock_block_signals(void)
{
	const uint64_t later = __atomic_load_n(&signals_handled, __ATOMIC_ACQUIRE) & ~now;

	set_blocked(SIG_BLOCK, &later, &before);
	thread_hot.are_signals_blocked = true;
}

cold void lock_let_signals_in(void)
{
	thread_hot.are_signals_blocked = false;
	set_blocked(SIG_SETMASK, &before, NULL);
}

cold uint64_t lock_signals_before(void)
{
	return thread_hot.are_signals_blocked ? before : 0;
}
