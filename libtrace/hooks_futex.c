/* SPDX-License-Identifier: MIT */
/* Futexes used without pthreads, through libc's syscall(): a wait whose owner nobody knows.
 *
 * Threads hand things on to each other so: C++'s std::latch, std::promise and atomics that are waited for, GLib's
 * condition variables, Rust's threads that are parked.  Who wakes others there says to each that sleeps how far it has
 * come; who is woken comes after that, in this run.  A wait that did not sleep tells nothing.
 */
#include "hooks.h"

#include <linux/futex.h>
#include <stdarg.h>
#include <sys/syscall.h>
#include <unistd.h>

enum {
	LARGEST_OBJECT = sizeof(pthread_rwlock_t),
	MAX_HAND_OVERS = 4,		/* of one thread, which begin segments of it */
	N_BEDS = 256,
	NO_OPERATION = -1,
};

static uint32_t n_sleepers[N_BEDS];	/* by a hash of the address: most wakes find nobody, and need not look */

static bool is_wait(int operation)
{
	return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET || operation == FUTEX_LOCK_PI;
}

static bool is_wake(int operation)
{
	return operation == FUTEX_WAKE || operation == FUTEX_WAKE_BITSET || operation == FUTEX_WAKE_OP ||
	       operation == FUTEX_REQUEUE || operation == FUTEX_CMP_REQUEUE;
}

/* Is it how the object that the thread says it waits for is waited for?  libstdc++'s static guards call syscall(). */
static bool is_told(const struct thread *t, uintptr_t futex)
{
	const struct live_slot *slot = t->slot;

	return slot->epoch & 1 && futex - slot->want_address < LARGEST_OBJECT;
}

static uint32_t *sleepers_at(uintptr_t futex)
{
	return &n_sleepers[mix64(futex) % N_BEDS];
}

static bool sleeps_at(const struct thread *t, uintptr_t futex)
{
	const struct live_slot *slot = t->slot;

	return slot && __atomic_load_n(&slot->epoch, __ATOMIC_ACQUIRE) & 1 && slot->want_kind == OBJECT_FUTEX &&
	       slot->want_address == futex;
}

/* Before it wakes them: when they are awake, it may have gone on. */
static cold void hand_on(struct thread *t, uintptr_t futex)
{
	bool has_told = false;

	for (struct thread *other = threads_all(); other; other = other->next_state) {
		if (other == t || !sleeps_at(other, futex))
			continue;
		if (!has_told) {
			t->n_hand_overs++;
			record_new_segment(t);
		}
		has_told = true;
		__atomic_store_n(&other->woken_by, (uint64_t)t->index << 32 | (t->segment - 1), __ATOMIC_RELEASE);
	}
}

static void waking(struct thread *t, uintptr_t futex)
{
	/* What the program has written there for those who do not sleep yet comes first. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (__atomic_load_n(sleepers_at(futex), __ATOMIC_RELAXED) && t->n_hand_overs < MAX_HAND_OVERS)
		hand_on(t, futex);
}

static cold void woken(struct thread *t, uintptr_t futex, uint32_t stack)
{
	uint64_t by = __atomic_load_n(&t->woken_by, __ATOMIC_ACQUIRE);
	uint32_t object;

	if (!by || !t->is_recorded || t->n_hand_overs == MAX_HAND_OVERS)
		return;
	t->n_hand_overs++;
	thread_enter(t);
	object = object_id(t, futex, OBJECT_FUTEX, stack);
	thread_leave(t);
	if (object)
		hook_comes_after(t, EDGE_WOKEN, (uint32_t)(by >> 32), (uint32_t)by, object);
}

static long sleep_at(struct thread *t, const long *a, uint32_t stack)
{
	struct live_want want = {
		.address = (uint64_t)a[0],
		.kind = OBJECT_FUTEX,
		.mode = MODE_TOKEN,
		.flags = a[3] ? DEP_TIMED : 0,
		.stack = stack,
	};
	struct live_saved saved;
	long result;

	t->woken_by = 0;
	live_wait_begin(t, &want, &saved);
	__atomic_fetch_add(sleepers_at(want.address), 1, __ATOMIC_SEQ_CST);
	result = real.syscall(SYS_futex, a[0], a[1], a[2], a[3], a[4], a[5]);
	__atomic_fetch_sub(sleepers_at(want.address), 1, __ATOMIC_RELAXED);
	live_wait_end(t, &saved);
	if (result == 0)
		woken(t, want.address, stack);
	return result;
}

static uint32_t stack_of_runtime(struct thread *t, uintptr_t pc, uintptr_t frame)
{
	if (hook_is_new_here(t, pc, frame))
		return context_meet_runtime(t, pc, frame);
	return stack_here(t, pc, frame);
}

/* As the kernel is called: six arguments, whether they were given or not.  The shim itself wakes others so, too. */
exported long syscall(long number, ...)
{
	struct thread *t;
	int operation;
	va_list more;
	long a[6];

	va_start(more, number);
	for (int i = 0; i < 6; i++)
		a[i] = va_arg(more, long);
	va_end(more);
	real_need_all();
	operation = number == SYS_futex ? (int)a[1] & FUTEX_CMD_MASK : NO_OPERATION;
	if (is_wake(operation) && thread_active) {
		waking(thread_active, (uintptr_t)a[0]);
	} else if (is_wait(operation)) {
		t = thread_here(caller_frame());
		if (t && !is_told(t, (uintptr_t)a[0]))
			return sleep_at(t, a, stack_of_runtime(t, return_address(), caller_frame()));
	}
	return real.syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}
