/* SPDX-License-Identifier: MIT */
/* A lock that a program has made itself, and tells Snag about. */
#include <sched.h>
#include <snag/snag.h>
#include <stdatomic.h>

static __attribute__((noinline)) void latch_take(atomic_int *latch)
{
	if (atomic_exchange(latch, 1)) {
		snag_acquiring(latch); /* waits */
		while (atomic_exchange(latch, 1))
			sched_yield();
	}
	snag_acquired(latch); /* has it */
	__asm__ volatile(""); /* a jump instead of that call would leave no trace of this function */
}

static void latch_leave(atomic_int *latch)
{
	snag_released(latch);
	atomic_store(latch, 0);
}
