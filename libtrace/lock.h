/* SPDX-License-Identifier: MIT */
/* The shim's own lock: a futex, because a pthread mutex would come back to us.
 *
 * Only cold paths take one, always with the thread's guard closed, so a signal handler never asks for a lock that the
 * code it interrupted holds.  Nor does a handler ever run there: it may sleep until another thread lets it go on, as those of
 * collectors do that stop the world, and that thread may be one that waits for the lock.  Who holds one is not cancelled:
 * open() and what libunwind calls are points of cancellation, and a thread that ended there would keep the lock for good.
 * Drepper, "Futexes Are Tricky", mutex 3: 0 free, 1 taken, 2 taken with waiters.
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

/* Signals that have, or had, a handler: bit N - 1 for signal N.  Those are the ones that come later. */
extern hidden uint64_t signals_handled;

/* From a thread's first lock until it has none.  Most programs have no handlers, and are spared the system calls. */
void lock_block_signals(void);
void lock_let_signals_in(void);

/* Of a thread that has a lock: which signals it has blocked itself, as far as any may come. */
uint64_t lock_signals_before(void);

static inline void lock_begin(void)
{
	if (!thread_hot.n_locks++ && unlikely(__atomic_load_n(&signals_handled, __ATOMIC_RELAXED)))
		lock_block_signals();
}

static inline void lock_end(void)
{
	if (!--thread_hot.n_locks && unlikely(thread_hot.are_signals_blocked))
		lock_let_signals_in();
}

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

	lock_begin();
	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &state);
	lock_tell(lock);
	if (likely(lock_take_free(lock))) {
		lock->cancel_state = state;
		return true;
	}
	lock_tell_end(lock);
	pthread_setcancelstate(state, NULL);
	lock_end();
	return false;
}

static inline void lock_acquire(struct lock *lock)
{
	int state;

	lock_begin();
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
	lock_end();
}

#endif
