/* SPDX-License-Identifier: MIT */
/* Semaphores, used as locks or as signals.
 *
 * One that begins with 1 is taken for a lock, held from wait to post, until somebody posts it who has not waited: then it
 * is a signal for good, and what was held of it is forgotten.  Anybody may post a semaphore, so a wait for one closes no
 * cycle by itself; whether it can end is judged outside.
 *
 * Some code tries first, and waits when that fails: Python's locks do.  Where that has been seen, a try that succeeds might
 * as well have been a wait.
 */
#include "hooks.h"

#include <fcntl.h>
#include <stdarg.h>

enum use { USE_UNKNOWN, USE_LOCK, USE_SIGNAL };

/* A place in the program of which so many were posted by others makes signals: Python makes one for each wait. */
enum { MAX_HANDED_OFF = 256 };

enum { NEAR = 256 };			/* bytes of the stack */

/* What is known of a semaphore. */
union known {
	struct {
		uint32_t use : 2;	/* enum use */
		uint32_t is_given_back : 1;	/* by who had taken it */
		uint32_t is_given_up : 1;	/* it was tried in vain, and not waited for then */
		uint32_t is_of_maker : 1;	/* who took it first */
		uint32_t is_left : 1;	/* by its maker, and not taken since */
		uint32_t n_open : 26;	/* by sem_open() */
		uint32_t stack;		/* where it was initialised */
	};
	uint64_t word;
};

/* What all locks have that have been given back: USE_SIGNAL lacks a bit of it. */
static const union known settled_lock = {{.use = USE_LOCK, .is_given_back = 1}};

static struct table semaphores;	/* address -> union known */
static struct table handed_off;	/* stack of an initialisation -> how many from there were posted by others */
static struct table leavers;	/* address of a semaphore that is left -> who had it, and in which segment */
static struct table insisting;	/* a call of sem_trywait() that was followed by a wait when it failed */

static always_inline union known known_of(const sem_t *s)
{
	const uint64_t *place = table_find_near(&semaphores, (uintptr_t)s);

	return (union known){.word = place ? __atomic_load_n(place, __ATOMIC_ACQUIRE) : 0};
}

static always_inline enum use use_of(const sem_t *s)
{
	return known_of(s).use;
}

static cold void set_known(const sem_t *s, union known known)
{
	bool is_new;
	uint64_t *place = table_insert(&semaphores, (uintptr_t)s, &is_new);

	if (place)
		__atomic_store_n(place, known.word, __ATOMIC_RELEASE);
}

static cold void set_use(const sem_t *s, enum use use, uint32_t stack)
{
	set_known(s, (union known){{.use = use, .n_open = known_of(s).n_open, .stack = stack}});
}

static cold enum use first_use(int value, uint32_t stack)
{
	const uint64_t *count = stack ? table_find(&handed_off, stack) : NULL;

	return value == 1 && !(count && *count >= MAX_HANDED_OFF) ? USE_LOCK : USE_SIGNAL;
}

/* The numbers of stacks begin anew: what was made where is not known any more. */
cold void hook_forget_semaphore_places(void)
{
	uint64_t position = 0, key;

	table_clear(&handed_off);
	while ((key = table_next(&semaphores, &position)))
		set_use((const sem_t *)key, use_of((const sem_t *)key), 0);
}

exported int sem_init(sem_t *s, int shared, unsigned value)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.sem_init(s, shared, value);
	uint32_t stack;

	if (t && rc == 0) {
		stack = stack_here(t, return_address(), caller_frame());
		hook_initialised(t, (uintptr_t)s, OBJECT_SEM, stack);
		set_use(s, first_use((int)value, stack), stack);
		t->made = t->has_made ? 0 : (uintptr_t)s;
		t->has_made = true;
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

/* A named semaphore may have a past in other processes: its value now is the best guess. */
static cold void opened(struct thread *t, sem_t *s, uint32_t stack)
{
	union known known = known_of(s);
	int value;

	if (!known.n_open++) {
		hook_initialised(t, (uintptr_t)s, OBJECT_SEM, stack);
		known.use = first_use(sem_getvalue(s, &value) ? 0 : value, stack);
		known.stack = stack;
	}
	set_known(s, known);
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

/* It may be open elsewhere in the process. */
static cold bool is_last_of(const sem_t *s)
{
	union known known = known_of(s);

	if (known.n_open)
		known.n_open--;
	set_known(s, known);
	return !known.n_open;
}

/* With the last one its memory goes: whoever has it will not post it here. */
exported int sem_close(sem_t *s)
{
	if (thread_here(caller_frame()) && is_last_of(s))
		hook_unmapping(s, sizeof(*s), return_address(), caller_frame());
	return real.sem_close(s);
}

/* ---- the end of a thread ----------------------------------------------------------------------------------------
 *
 * Python's threads are detached.  The first semaphore that each makes it takes at once, and gives back as the last thing that it
 * does: who joins it takes that one.  Whether it was the last thing is judged outside. */
static cold void taken_by_maker(struct thread *t, const sem_t *s)
{
	union known known = known_of(s);

	if (t->made == (uintptr_t)s && !known.is_given_back)
		known.is_of_maker = true;
	set_known(s, known);
	t->made = 0;
}

static cold void taken_from_maker(struct thread *t, const sem_t *s)
{
	uint64_t left = *table_find(&leavers, (uintptr_t)s);
	union known known = known_of(s);

	known.is_left = false;
	set_known(s, known);
	hook_comes_after(t, EDGE_LEFT, (uint32_t)(left >> 32), (uint32_t)left, 0);
}

static void taken(struct thread *t, const sem_t *s, union known known)
{
	if (unlikely(t->made))
		taken_by_maker(t, s);
	if (unlikely(known.is_left))
		taken_from_maker(t, s);
}

/* ---- waiting ----------------------------------------------------------------------------------------------------- */

static cold void wait_end(void *argument)
{
	struct hook_acquire *wait = argument;
	union known known = known_of((const sem_t *)wait->want.address);

	live_wait_end(wait->t, &wait->saved);
	/* It may have turned out to be a signal, or its maker's end. */
	if (known.use == USE_LOCK && !known.is_left)
		contention_end(wait->t, &wait->contention);
	steer_after_wait(wait->t);
}

/* The same function, or one that it calls: their frames are side by side. */
static bool is_near(uintptr_t frame, uintptr_t other)
{
	return frame - other + NEAR <= 2 * NEAR;
}

/* What the thread does after a try in vain: it waits for `s` in a call from `frame`, or else (NULL) has given up. */
static cold void after_try(struct thread *t, const sem_t *s, uintptr_t frame)
{
	union known known = known_of((const sem_t *)t->in_vain.address);
	bool is_new;

	if ((uintptr_t)s == t->in_vain.address && is_near(frame, t->in_vain.frame)) {
		table_insert(&insisting, t->in_vain.pc, &is_new);
	} else if (known.use != USE_UNKNOWN && !known.is_given_up) {
		known.is_given_up = true;
		set_known((const sem_t *)t->in_vain.address, known);
	}
	t->in_vain.address = 0;
}

static void wanted(struct hook_acquire *wait, sem_t *s, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	bool is_lock = use_of(s) == USE_LOCK, is_new_here = hook_is_new_here(wait->t, pc, frame);
	uint32_t tried_stack = wait->t->in_vain.address == (uintptr_t)s ? wait->t->in_vain.stack : 0;

	if (unlikely(wait->t->in_vain.address))
		after_try(wait->t, flags & DEP_TIMED ? NULL : s, frame);
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

static void acquired(struct thread *t, const sem_t *s, bool is_lock, uint32_t stack)
{
	if (is_lock) {
		taken(t, s, known_of(s));
		record_acquired(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, stack);
	} else {
		full_token(t, FULL_WOKEN, (uintptr_t)s, OBJECT_SEM, stack);
	}
}

/* The hot path: there is one to be had, and the thread takes it by a call that is known and no news.  false: it did not take it.
 * What would be looked at besides - a cancellation, a clock and a time - has been, or need not be. */
static always_inline bool takes_at_once(sem_t *s, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	struct thread *t = thread_active;
	struct record_place place;
	uint64_t operation, key;
	union known known;
	uint32_t stack;
	bool is_lock = use_of(s) == USE_LOCK;

	if (unlikely(!t || !switches.plain_semaphores || t->in_vain.address))
		return false;
	stack = stack_cached(t, pc, frame);
	operation = is_lock ? record_operation(OP_ACQUIRE, MODE_WRITE, flags) : record_operation(OP_WAIT, MODE_TOKEN, flags);
	place = record_place(t);
	if (unlikely(stack == STACK_NOT_CACHED || !record_has_room(&place) ||
		     !record_is_no_news(t, &place, stack, (uintptr_t)s, operation, true, &key) ||
		     !plain_semaphore_acquire(s)))
		return false;
	/* Who posted it has said first that it is a signal, to another who waits, or that it is left. */
	known = known_of(s);
	if (is_lock && likely(known.use == USE_LOCK && !known.is_left && !t->made)) {
		record_push(t, &place, stack, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, key);
		full_acquired(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, stack, 0);
	} else {
		acquired(t, s, is_lock && known.use == USE_LOCK, stack);
	}
	return true;
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
			if (use_of(s) == USE_LOCK)                                                                    \
				contention_begin(wait.t, &wait.want, MODE_WRITE, &wait.contention);                   \
			pthread_cleanup_push(wait_end, &wait);                                                        \
			rc = real.name args;                                                                          \
			pthread_cleanup_pop(1);                                                                       \
		}                                                                                                     \
		if (rc == 0)                                                                                          \
			acquired(wait.t, s, use_of(s) == USE_LOCK, wait.want.stack);                                  \
		return rc;                                                                                            \
	}                                                                                                             \
                                                                                                                      \
	static always_inline int take_##name(uintptr_t pc, uintptr_t frame, ARGUMENTS_ params)                        \
	{                                                                                                             \
		if (likely((is_sane) && takes_at_once(s, flags_, pc, frame)))                                         \
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

/* Is it a lock that is tried now, and waited for if that fails? */
static bool is_insisted_on(union known known, uintptr_t pc)
{
	return known.use == USE_LOCK && !known.is_given_up && table_find(&insisting, pc);
}

/* Steering holds back who waits, in place of who tries: that one may have in hand what all others need, as Python's
 * interpreter lock.  So it is told that there is none, and waits then. */
static cold bool is_sent_to_wait(struct thread *t, const sem_t *s, uintptr_t pc, uintptr_t frame)
{
	if (!is_insisted_on(known_of(s), pc))
		return false;
	t->in_vain = (struct thread_try){(uintptr_t)s, pc, frame, stack_here(t, pc, frame)};
	return true;
}

static void tried(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	const struct live_want want = {
		.address = (uintptr_t)s,
		.kind = OBJECT_SEM,
		.mode = MODE_WRITE,
		.flags = DEP_TRIED,
		.stack = stack_here(t, pc, frame),
	};
	union known known = known_of(s);

	if (known.use != USE_LOCK) {
		full_token(t, FULL_WOKEN, (uintptr_t)s, OBJECT_SEM, want.stack);
		return;
	}
	taken(t, s, known);
	if (is_insisted_on(known, pc))
		record_want(t, &want, OP_ACQUIRE);
	record_acquired_by_try(t, (uintptr_t)s, OBJECT_SEM, MODE_WRITE, want.stack);
}

exported int sem_trywait(sem_t *s)
{
	struct thread *t = thread_here(caller_frame());
	int rc;

	if (t && unlikely(switches.steers) && is_sent_to_wait(t, s, return_address(), caller_frame())) {
		errno = EAGAIN;
		return -1;
	}
	rc = t && likely(switches.plain_semaphores) && likely(plain_semaphore_acquire(s)) ? 0 : real.sem_trywait(s);
	if (!t)
		return rc;
	if (unlikely(t->in_vain.address))
		after_try(t, NULL, 0);
	if (rc == 0)
		tried(t, s, return_address(), caller_frame());
	else
		t->in_vain = (struct thread_try){(uintptr_t)s, return_address(), caller_frame(), 0};
	return rc;
}

/* ---- posting ----------------------------------------------------------------------------------------------------- */

static cold void is_signal_after_all(struct thread *t, sem_t *s, uint32_t stack)
{
	uint32_t made_at = known_of(s).stack;
	bool is_new;
	uint64_t *count = made_at ? table_insert(&handed_off, made_at, &is_new) : NULL;

	if (count)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	set_use(s, USE_SIGNAL, made_at);
	record_released_by_other((uintptr_t)s);
	thread_enter(t);
	record_event(t, EVENT_HANDOFF, object_id(t, (uintptr_t)s, OBJECT_SEM, stack), stack, 0, 0);
	thread_leave(t);
}

/* Is it a semaphore that some thread took and gave back?  Others may be a thread's own, as long as it lives: Python's are. */
bool hook_is_given_back(uintptr_t semaphore)
{
	return known_of((const sem_t *)semaphore).is_given_back;
}

static cold void is_given_back(struct thread *t, const sem_t *s)
{
	union known known = known_of(s);
	bool is_new;
	uint64_t *left = known.is_of_maker ? table_insert(&leavers, (uintptr_t)s, &is_new) : NULL;

	known.is_given_back = true;
	known.is_left = left != NULL;
	if (left) {
		*left = (uint64_t)t->index << 32 | t->segment;
		record_new_segment(t);
	}
	set_known(s, known);
}

static void post_lock(struct thread *t, sem_t *s, uint32_t stack)
{
	if (!record_released_newest((uintptr_t)s) && !record_released_own(t, (uintptr_t)s))
		is_signal_after_all(t, s, stack);
	else if (unlikely(!hook_is_given_back((uintptr_t)s)))
		is_given_back(t, s);
}

static cold void posting(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	bool is_new_here = hook_is_new_here(t, pc, frame);
	uint32_t stack = stack_here(t, pc, frame);
	struct live_want want = {.address = (uintptr_t)s, .kind = OBJECT_SEM, .mode = MODE_TOKEN, .stack = stack};

	full_token(t, FULL_SIGNAL, (uintptr_t)s, OBJECT_SEM, stack);
	if (use_of(s) == USE_LOCK)
		post_lock(t, s, stack);
	if (use_of(s) == USE_SIGNAL)
		hook_exchange(t, &want, OP_SIGNAL, is_new_here);
}

/* The hot path: does the same when the call is known and no news.  false: nothing was done. */
static always_inline bool posts_no_news(struct thread *t, sem_t *s, uintptr_t pc, uintptr_t frame)
{
	uint32_t stack = stack_cached(t, pc, frame);
	union known known = known_of(s);

	if (unlikely(stack == STACK_NOT_CACHED))
		return false;
	if ((known.word & settled_lock.word) == settled_lock.word) {
		if (!record_released_newest((uintptr_t)s))
			return false;
	} else if (known.use == USE_LOCK || !hook_exchange_is_known(t, stack, (uintptr_t)s, 0, OP_SIGNAL)) {
		return false;
	}
	full_token(t, FULL_SIGNAL, (uintptr_t)s, OBJECT_SEM, stack);
	return true;
}

exported int sem_post(sem_t *s)
{
	struct thread *t = thread_here(caller_frame());

	if (t && unlikely(!posts_no_news(t, s, return_address(), caller_frame())))
		posting(t, s, return_address(), caller_frame());
	return t && likely(switches.plain_semaphores) && likely(plain_semaphore_release(s)) ? 0 : real.sem_post(s);
}
