/* SPDX-License-Identifier: MIT */
/* The shim's own lock: a futex, because a pthread mutex would come back to us.
 *
 * Only cold paths take one, always with the thread's guard closed, so a signal handler never asks for a lock that the
 * code it interrupted holds.  Who holds one is not cancelled: open() and what libunwind calls are points of cancellation,
 * and a thread that ended there would keep the lock for good.  Drepper, "Futexes Are Tricky", mutex 3: 0 free, 1 taken, 2 taken with waiters.
 */
#ifndef SNAG_LOCK_H
#define SNAG_LOCK_H

#include "compiler.h"
#include "real.h"
#include "thread.h"

#include <linux/futex.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

struct lock {
	uint32_t word;
	int cancel_state;		/* of the owner, before */
};

static inline bool lock_take_free(struct lock *lock)
{
	uint32_t free = 0;

	return __atomic_compare_exchange_n(&lock->word, &free, 1, false, __ATOMIC_ACQUIRE, __ATOMIC_RELAXED);
}

/* For a debugger: the thread has the lock, or is about to take it; */
static inline void lock_tell(const struct lock *lock)
{
	volatile struct live_slot *slot = thread_hot.slot;

	if (slot && !slot->shim_lock)
		slot->shim_lock = (uintptr_t)lock;
	__asm__ volatile("" ::: "memory");
}

/* ... and nobody needs it to move on. */
static inline void lock_tell_end(const struct lock *lock)
{
	volatile struct live_slot *slot = thread_hot.slot;

	__asm__ volatile("" ::: "memory");
	if (slot && slot->shim_lock == (uintptr_t)lock)
		slot->shim_lock = 0;
}

static inline bool lock_try(struct lock *lock)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	lock_tell(lock);
	if (likely(lock_take_free(lock))) {
		lock->cancel_state = state;
		return true;
	}
	lock_tell_end(lock);
	pthread_setcancelstate(state, NULL);
	return false;
}

static inline void lock_acquire(struct lock *lock)
{
	int state;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	lock_tell(lock);
	if (unlikely(!lock_take_free(lock)))
		while (__atomic_exchange_n(&lock->word, 2, __ATOMIC_ACQUIRE) != 0)
			real.syscall(SYS_futex, &lock->word, FUTEX_WAIT_PRIVATE, 2, NULL, NULL, 0);
	lock->cancel_state = state;
}

/* Locks are released in the reverse order. */
static inline void lock_release(struct lock *lock)
{
	int state = lock->cancel_state;

	if (__atomic_exchange_n(&lock->word, 0, __ATOMIC_RELEASE) == 2)
		real.syscall(SYS_futex, &lock->word, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	lock_tell_end(lock);
	pthread_setcancelstate(state, NULL);
}

#endif
