/* SPDX-License-Identifier: MIT */
/* Semaphores, used as locks or as signals: which, their history tells (semaphores.h).
 *
 * Anybody may post a semaphore, so a wait for one closes no cycle by itself; whether it can end is judged outside.
 */
#include "hooks.h"

#include "semaphores.h"

#include <fcntl.h>
#include <stdarg.h>

exported int sem_init(sem_t *s, int shared, unsigned value)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.sem_init(s, shared, value);
	uint32_t stack;

	if (t && rc == 0) {
		stack = stack_here(t, return_address(), caller_frame());
		hook_initialised(t, (uintptr_t)s, OBJECT_SEM, stack);
		semaphore_made(t, s, (int)value, stack);
	}
	return rc;
}

exported int sem_destroy(sem_t *s)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;
	int rc = real.sem_destroy(s);

	if (t && rc == 0)
		hook_destroyed(t, (uintptr_t)s, stack);
	return rc;
}

static cold void opened(struct thread *t, sem_t *s, uint32_t stack)
{
	if (!semaphore_opened(s))
		return;
	hook_initialised(t, (uintptr_t)s, OBJECT_SEM, stack);
	semaphore_opened_first(s, stack);
}

exported sem_t *sem_open(const char *name, int flags, ...)
{
	struct thread *t = thread_here(caller_frame());
	unsigned mode = 0, value = 0;
	va_list more;
	sem_t *s;

	if (flags & O_CREAT) {
		va_start(more, flags);
		mode = va_arg(more, unsigned);
		value = va_arg(more, unsigned);
		va_end(more);
	}
	real_need_all();
	s = real.sem_open(name, flags, mode, value);
	if (t && s != SEM_FAILED)
		opened(t, s, stack_here(t, return_address(), caller_frame()));
	return s;
}

/* With the last one its memory goes: whoever has it will not post it here. */
exported int sem_close(sem_t *s)
{
	if (thread_here(caller_frame()) && semaphore_closed_last(s))
		hook_unmapping(s, sizeof(*s), return_address(), caller_frame());
	return real.sem_close(s);
}

/* ---- taking ------------------------------------------------------------------------------------------------------ */

static void took(struct thread *t, const sem_t *s)
{
	uint64_t left;

	if (semaphore_taken(t, s, &left))
		hook_comes_after(t, EDGE_LEFT, (uint32_t)(left >> 32), (uint32_t)left, 0);
}

static cold void acquired(struct thread *t, const sem_t *s, bool is_lock, uint32_t stack)
{
	if (is_lock) {
		took(t, s);
		record_acquired(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, stack);
	} else {
		full_token(t, FULL_WOKEN, (uintptr_t)s, OBJECT_SEM, stack);
	}
}

/* May it be news that the thread takes it?  A try of what is not waited for makes no dependency. */
static always_inline bool may_be_news(union semaphore known, uint32_t flags)
{
	return !(flags & DEP_TRIED && known.is_given_up);
}

/* The hot path: there is one to be had, and the thread takes it by a call that is known and no news.  false: it did not take it.
 * searches: looks also where it takes longer.  What would be looked at besides - a cancellation, a clock and a time - has been,
 * or need not be. */
static always_inline bool takes_at_once(sem_t *s, uint32_t flags, uintptr_t pc, uintptr_t frame, bool searches)
{
	struct thread *t = thread_active;
	struct record_place place;
	const uint64_t *known;
	uint64_t operation, key;
	uint32_t stack;
	bool is_lock;

	if (unlikely(!t || !switches.plain_semaphores || !plain_semaphore_has(s) ||
		     (flags & DEP_TRIED ? t->in_vain.is_first : t->in_vain.address)))
		return false;
	known = searches ? table_find_near(&semaphores, (uintptr_t)s) : table_find_first(&semaphores, (uintptr_t)s);
	if (unlikely(!searches && !known))
		return false;
	is_lock = semaphore_at(known).use == USE_LOCK;
	operation = is_lock ? record_operation(OP_ACQUIRE, MODE_WRITE, flags) : record_operation(OP_WAIT, MODE_TOKEN, flags);
	stack = searches ? stack_cached(t, pc, frame) : stack_at_hand(t, pc, frame);
	place = record_place(t);
	key = chain_next(place.chain[0], (uintptr_t)s, stack) + operation;
	if (unlikely(stack == STACK_NOT_CACHED || !record_has_room(&place) ||
		     (may_be_news(semaphore_at(known), flags) && !record_is_no_news(t, &place, key, searches)) ||
		     !plain_semaphore_acquire(s)))
		return false;
	t->in_vain.address = 0;
	/* Who posted it has said first that it is a signal, to another who waits, or that it is left. */
	if (likely(is_lock && semaphore_is_plain_lock(semaphore_at(known)) && !t->made)) {
		record_push(t, &place, stack, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, key);
		full_acquired(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, stack, 0);
	} else if (is_lock || unlikely(switches.records_all)) {
		acquired(t, s, is_lock && semaphore_use(s) == USE_LOCK, stack);
	}
	return true;
}

static __attribute__((noinline)) bool takes_when_found(sem_t *s, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	return takes_at_once(s, flags, pc, frame, true);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static cold void wait_end(void *argument)
{
	struct hook_acquire *wait = argument;

	live_wait_end(wait->t, &wait->saved);
	/* It may have turned out to be a signal, or its maker's end. */
	if (semaphore_is_plain_lock(semaphore_known((const sem_t *)wait->want.address)))
		contention_end(wait->t, &wait->contention);
	steer_after_wait(wait->t);
}

static void wanted(struct hook_acquire *wait, sem_t *s, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	bool is_lock = semaphore_use(s) == USE_LOCK, is_new_here = hook_is_new_here(wait->t, pc, frame);
	uint32_t tried_stack = wait->t->in_vain.address == (uintptr_t)s ? wait->t->in_vain.stack : 0;

	if (unlikely(wait->t->in_vain.address))
		semaphore_after_try(wait->t, flags & DEP_TIMED ? NULL : s, frame);
	wait->want = (struct live_want){
		.address = (uintptr_t)s,
		.kind = OBJECT_SEM,
		.mode = is_lock ? MODE_WRITE : MODE_TOKEN,
		.flags = flags,
		.stack = tried_stack ? tried_stack : stack_here(wait->t, pc, frame),
	};
	if (is_lock) {
		record_want(wait->t, &wait->want, OP_ACQUIRE);
		steer_before(wait->t, &wait->want, OP_ACQUIRE);
	} else {
		hook_exchange(wait->t, &wait->want, OP_WAIT, is_new_here);
	}
}

#define WAIT(name, params, args, s, flags_, is_sane)                                                                  \
	static cold int wait_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)                                 \
	{                                                                                                             \
		struct hook_acquire wait = {.t = thread_here(frame)};                                                     \
		int saved_errno = errno, rc;                                                                          \
                                                                                                                      \
		if (!wait.t || !(is_sane))                                                                            \
			return real.name args;                                                                        \
		wanted(&wait, s, flags_, pc, frame);                                                                  \
		rc = real.sem_trywait(s);                                                                             \
		if (rc) {                                                                                             \
			errno = saved_errno;                                                                          \
			wait.want.mode = MODE_TOKEN;                                                                  \
			live_wait_begin(wait.t, &wait.want, &wait.saved);                                             \
			if (semaphore_use(s) == USE_LOCK)                                                             \
				contention_begin(wait.t, &wait.want, MODE_WRITE, &wait.contention);                   \
			pthread_cleanup_push(wait_end, &wait);                                                        \
			rc = real.name args;                                                                          \
			pthread_cleanup_pop(1);                                                                       \
		}                                                                                                     \
		if (rc == 0)                                                                                          \
			acquired(wait.t, s, semaphore_use(s) == USE_LOCK, wait.want.stack);                           \
		return rc;                                                                                            \
	}                                                                                                             \
                                                                                                                      \
	static __attribute__((noinline)) int take_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)            \
	{                                                                                                             \
		if (likely((is_sane) && takes_when_found(s, flags_, pc, frame)))                                      \
			return 0;                                                                                     \
		return wait_##name(pc, frame, ARGUMENTS_ args);                                                       \
	}

WAIT(sem_wait, (sem_t *s), (s), s, 0, true)
WAIT(sem_timedwait, (sem_t *s, const struct timespec *until), (s, until), s, DEP_TIMED, is_time(CLOCK_REALTIME, until))
WAIT(sem_clockwait, (sem_t *s, clockid_t clock, const struct timespec *until), (s, clock, until), s, DEP_TIMED,
     is_time(clock, until))

exported int sem_wait(sem_t *s)
{
	pthread_testcancel();
	if (likely(takes_at_once(s, 0, return_address(), caller_frame(), false)))
		return 0;
	return take_sem_wait(return_address(), caller_frame(), s);
}

exported int sem_timedwait(sem_t *s, const struct timespec *until)
{
	if (is_time(CLOCK_REALTIME, until))
		pthread_testcancel();
	return take_sem_timedwait(return_address(), caller_frame(), s, until);
}

/* glibc's looks for a cancellation only when it must wait. */
exported int sem_clockwait(sem_t *s, clockid_t clock, const struct timespec *until)
{
	return take_sem_clockwait(return_address(), caller_frame(), s, clock, until);
}

/* ---- trying ------------------------------------------------------------------------------------------------------ */

/* Steering holds back who waits, in place of who tries: that one may have in hand what all others need, as Python's
 * interpreter lock.  So it is told that there is none, and waits then. */
static cold bool is_sent_to_wait(struct thread *t, const sem_t *s, uintptr_t pc, uintptr_t frame)
{
	if (!semaphore_is_insisted_on(s, pc))
		return false;
	t->in_vain = (struct thread_try){(uintptr_t)s, pc, frame, stack_here(t, pc, frame), false};
	return true;
}

static cold void tried(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	const struct live_want want = {
		.address = (uintptr_t)s,
		.kind = OBJECT_SEM,
		.mode = MODE_WRITE,
		.flags = DEP_TRIED,
		.stack = stack_here(t, pc, frame),
	};

	if (semaphore_use(s) != USE_LOCK) {
		full_token(t, FULL_WOKEN, (uintptr_t)s, OBJECT_SEM, want.stack);
		return;
	}
	took(t, s);
	if (semaphore_is_insisted_on(s, pc))
		record_want(t, &want, OP_ACQUIRE);
	record_acquired_by_try(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, want.stack);
}

static __attribute__((noinline)) int try_slowly(sem_t *s, uintptr_t pc, uintptr_t frame)
{
	struct thread *t = thread_here(frame);
	int rc;

	if (!t)
		return real.sem_trywait(s);
	if (unlikely(switches.steers) && is_sent_to_wait(t, s, pc, frame)) {
		errno = EAGAIN;
		return -1;
	}
	if (takes_when_found(s, DEP_TRIED, pc, frame))
		return 0;
	rc = real.sem_trywait(s);
	if (unlikely(t->in_vain.address))
		semaphore_after_try(t, NULL, 0);
	if (rc == 0)
		tried(t, s, pc, frame);
	else
		semaphore_tried_in_vain(t, s, pc, frame);
	return rc;
}

static __attribute__((noinline)) int try_that_has(sem_t *s, uintptr_t pc, uintptr_t frame)
{
	return takes_at_once(s, DEP_TRIED, pc, frame, false) ? 0 : try_slowly(s, pc, frame);
}

/* That there is none is no news of it. */
static __attribute__((noinline)) int try_in_vain(sem_t *s, uintptr_t pc, uintptr_t frame)
{
	const uint64_t *known = table_find_first(&semaphores, (uintptr_t)s);
	struct thread *t = thread_active;

	if (unlikely(!t || !switches.plain_semaphores || t->in_vain.is_first || !semaphore_at(known).is_given_up))
		return try_slowly(s, pc, frame);
	t->in_vain = (struct thread_try){.address = (uintptr_t)s, .pc = pc, .frame = frame};
	errno = EAGAIN;
	return -1;
}

exported int sem_trywait(sem_t *s)
{
	if (unlikely(switches.steers))
		return try_slowly(s, return_address(), caller_frame());
	if (!plain_semaphore_has(s))
		return try_in_vain(s, return_address(), caller_frame());
	return try_that_has(s, return_address(), caller_frame());
}

/* ---- posting ----------------------------------------------------------------------------------------------------- */

static cold void is_signal_after_all(struct thread *t, sem_t *s, uint32_t stack)
{
	semaphore_is_signal(s);
	record_released_by_other((uintptr_t)s);
	thread_enter(t);
	record_event(t, EVENT_HANDOFF, object_id(t, (uintptr_t)s, OBJECT_SEM, stack), stack, 0, 0);
	thread_leave(t);
}

static void post_lock(struct thread *t, sem_t *s, uint32_t stack)
{
	if (!record_released_newest((uintptr_t)s) && !record_released_own(t, (uintptr_t)s))
		is_signal_after_all(t, s, stack);
	else if (!semaphore_known(s).is_given_back && semaphore_given_back(t, s))
		record_new_segment(t);
}

static cold void posting(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	bool is_new_here = hook_is_new_here(t, pc, frame);
	uint32_t stack = stack_here(t, pc, frame);
	struct live_want want = {.address = (uintptr_t)s, .kind = OBJECT_SEM, .mode = MODE_TOKEN, .stack = stack};

	full_token(t, FULL_SIGNAL, (uintptr_t)s, OBJECT_SEM, stack);
	if (semaphore_use(s) == USE_LOCK)
		post_lock(t, s, stack);
	if (semaphore_use(s) == USE_SIGNAL)
		hook_exchange(t, &want, OP_SIGNAL, is_new_here);
}

/* Does the same when the call is known and no news.  false: nothing was done. */
static bool posts_no_news(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	uint32_t stack = stack_cached(t, pc, frame);
	union semaphore known = semaphore_known(s);

	if (unlikely(stack == STACK_NOT_CACHED))
		return false;
	if (semaphore_is_settled_lock(known)) {
		if (!record_released_newest((uintptr_t)s))
			return false;
	} else if (known.use == USE_LOCK || !hook_exchange_is_known(t, stack, (uintptr_t)s, 0, OP_SIGNAL)) {
		return false;
	}
	full_token(t, FULL_SIGNAL, (uintptr_t)s, OBJECT_SEM, stack);
	return true;
}

static always_inline int post(sem_t *s)
{
	return likely(switches.plain_semaphores) && likely(plain_semaphore_release(s)) ? 0 : real.sem_post(s);
}

static __attribute__((noinline)) int post_sem(sem_t *s, uintptr_t pc, uintptr_t frame)
{
	struct thread *t = thread_here(frame);

	if (!t)
		return real.sem_post(s);
	if (!posts_no_news(t, s, pc, frame))
		posting(t, s, pc, frame);
	return post(s);
}

/* The hot path: a lock is given back by who had it, and where from is not told. */
exported int sem_post(sem_t *s)
{
	if (likely(thread_active && !switches.records_all) &&
	    likely(semaphore_is_settled_lock(semaphore_at(table_find_first(&semaphores, (uintptr_t)s)))) &&
	    likely(record_released_newest((uintptr_t)s)))
		return post(s);
	return post_sem(s, return_address(), caller_frame());
}
