/* SPDX-License-Identifier: MIT */
/* Condition variables: a wait is three facts - the mutex is released, the thread waits, the mutex is acquired again.
 *
 * glibc releases and takes the mutex inside the wait, where no hook sees it.  A wait is a cancellation point: a thread that
 * is cancelled there has the mutex again when its clean-up handlers run, and our books must say so.
 */
#include "hooks.h"

struct cond_wait {
	struct thread *t;
	uintptr_t cond, mutex;
	uint32_t stack;
	struct live_saved saved;
};

static cold void wait_begin(struct cond_wait *wait, uintptr_t cond, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	struct thread *t = wait->t;
	bool is_new_here = hook_is_new_here(t, pc, frame);
	const struct live_want want = {
		.address = cond,
		.kind = OBJECT_COND,
		.mode = MODE_TOKEN,
		.flags = flags,
		.stack = stack_here(t, pc, frame),
		.aux = wait->mutex,
	};

	wait->cond = cond;
	wait->stack = want.stack;
	record_released(t, wait->mutex, OBJECT_MUTEX, pc, frame);
	hook_exchange(t, &want, OP_WAIT, is_new_here);
	live_wait_begin(t, &want, &wait->saved);
}

/* Also when it failed, timed out or was cancelled: the mutex is held again, or still. */
static cold void wait_end(void *argument)
{
	struct cond_wait *wait = argument;
	const struct live_want want = {
		.address = wait->mutex,
		.kind = OBJECT_MUTEX,
		.flags = DEP_REACQUIRE,
		.stack = wait->stack,
	};

	live_wait_end(wait->t, &wait->saved);
	steer_after_wait(wait->t);
	full_token(wait->t, FULL_WOKEN, wait->cond, OBJECT_COND, wait->stack);
	record_want(wait->t, &want, OP_ACQUIRE);
	record_acquired(wait->t, wait->mutex, OBJECT_MUTEX, MODE_WRITE, wait->stack);
}

#define WAIT(call, condition, m, flags)                                                                               \
	struct cond_wait wait = {.t = thread_here(caller_frame()), .mutex = (uintptr_t)m};                            \
	int rc;                                                                                                       \
                                                                                                                      \
	if (unlikely(!wait.t))                                                                                        \
		return call;                                                                                          \
	wait_begin(&wait, (uintptr_t)condition, flags, return_address(), caller_frame());                             \
	pthread_cleanup_push(wait_end, &wait);                                                                        \
	rc = call;                                                                                                    \
	pthread_cleanup_pop(1);                                                                                       \
	return rc

static cold void signalled(struct thread *t, uintptr_t cond, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	bool is_new_here = hook_is_new_here(t, pc, frame);
	const struct live_want want = {
		.address = cond,
		.kind = OBJECT_COND,
		.mode = MODE_TOKEN,
		.flags = flags,
		.stack = stack_here(t, pc, frame),
	};

	full_token(t, FULL_SIGNAL, cond, OBJECT_COND, want.stack);
	hook_exchange(t, &want, OP_SIGNAL, is_new_here);
}

/* The hot path: is it known, and no news? */
static always_inline bool signals_no_news(struct thread *t, uintptr_t cond, uint32_t flags, uintptr_t pc, uintptr_t frame)
{
	uint32_t stack = stack_cached(t, pc, frame);

	if (unlikely(!hook_exchange_is_known(t, stack, cond, flags, OP_SIGNAL)))
		return false;
	full_token(t, FULL_SIGNAL, cond, OBJECT_COND, stack);
	return true;
}

#define SIGNAL(call, cond, flags_)                                                                                    \
	struct thread *t = thread_here(caller_frame());                                                               \
	uint32_t flags = flags_;                                                                                      \
                                                                                                                      \
	if (likely(t) && unlikely(!signals_no_news(t, (uintptr_t)(cond), flags, return_address(), caller_frame())))   \
		signalled(t, (uintptr_t)(cond), flags, return_address(), caller_frame());                             \
	return call

static uint32_t flags_of_signal(const void *cond)
{
	return words_cond_is_awaited((uintptr_t)cond) ? 0 : DEP_UNHEARD;
}

/* Where a symbol has two versions, ours have both too, and lead to the real one of the same version. */
#ifdef __x86_64__
#define NEW(name) new_##name
#define HOOK_OLD(returns, name, params, args, version, default_version)                                               \
	exported returns new_##name params;                                                                           \
	exported returns old_##name params;                                                                           \
	__asm__(".symver new_" #name ", " #name "@@" default_version);                                                \
	__asm__(".symver old_" #name ", " #name "@" version);
#include "hooks.def"
#else
#define NEW(name) name
#endif

exported int NEW(pthread_cond_wait)(pthread_cond_t *c, pthread_mutex_t *m)
{
	WAIT(real.pthread_cond_wait(c, m), c, m, 0);
}

exported int NEW(pthread_cond_timedwait)(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	WAIT(real.pthread_cond_timedwait(c, m, until), c, m, DEP_TIMED);
}

exported int pthread_cond_clockwait(pthread_cond_t *c, pthread_mutex_t *m, clockid_t clock, const struct timespec *until)
{
	WAIT(real.pthread_cond_clockwait(c, m, clock, until), c, m, DEP_TIMED);
}

exported int NEW(pthread_cond_signal)(pthread_cond_t *c)
{
	SIGNAL(real.pthread_cond_signal(c), c, flags_of_signal(c));
}

exported int NEW(pthread_cond_broadcast)(pthread_cond_t *c)
{
	SIGNAL(real.pthread_cond_broadcast(c), c, flags_of_signal(c));
}

exported int NEW(pthread_cond_init)(pthread_cond_t *c, const pthread_condattr_t *a)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.pthread_cond_init(c, a);

	if (t && rc == 0)
		hook_initialised(t, (uintptr_t)c, OBJECT_COND, stack_here(t, return_address(), caller_frame()));
	return rc;
}

exported int NEW(pthread_cond_destroy)(pthread_cond_t *c)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;
	int rc = real.pthread_cond_destroy(c);

	if (t && rc == 0)
		hook_destroyed(t, (uintptr_t)c, stack);
	return rc;
}

/* ---- C11 -------------------------------------------------------------------------------------------------------- */

exported int cnd_init(cnd_t *c)
{
	struct thread *t = thread_here(caller_frame());
	int rc = real.cnd_init(c);

	if (t && rc == thrd_success)
		hook_initialised(t, (uintptr_t)c, OBJECT_COND, stack_here(t, return_address(), caller_frame()));
	return rc;
}

exported void cnd_destroy(cnd_t *c)
{
	struct thread *t = thread_here(caller_frame());

	real.cnd_destroy(c);
	if (t)
		hook_destroyed(t, (uintptr_t)c, stack_here(t, return_address(), caller_frame()));
}

exported int cnd_wait(cnd_t *c, mtx_t *m)
{
	WAIT(real.cnd_wait(c, m), c, m, 0);
}

exported int cnd_timedwait(cnd_t *c, mtx_t *m, const struct timespec *until)
{
	WAIT(real.cnd_timedwait(c, m, until), c, m, DEP_TIMED);
}

exported int cnd_signal(cnd_t *c)
{
	SIGNAL(real.cnd_signal(c), c, flags_of_signal(c));
}

exported int cnd_broadcast(cnd_t *c)
{
	SIGNAL(real.cnd_broadcast(c), c, flags_of_signal(c));
}

/* ---- old versions ------------------------------------------------------------------------------------------------ */

#ifdef __x86_64__
/* The condition variable of before 2003 is a pointer to one of today's: its own address serves as its identity. */
int old_pthread_cond_init(pthread_cond_t *c, const pthread_condattr_t *a)
{
	return real.old_pthread_cond_init(c, a);
}

int old_pthread_cond_destroy(pthread_cond_t *c)
{
	return real.old_pthread_cond_destroy(c);
}

int old_pthread_cond_wait(pthread_cond_t *c, pthread_mutex_t *m)
{
	WAIT(real.old_pthread_cond_wait(c, m), c, m, 0);
}

int old_pthread_cond_timedwait(pthread_cond_t *c, pthread_mutex_t *m, const struct timespec *until)
{
	WAIT(real.old_pthread_cond_timedwait(c, m, until), c, m, DEP_TIMED);
}

int old_pthread_cond_signal(pthread_cond_t *c)
{
	SIGNAL(real.old_pthread_cond_signal(c), c, 0);
}

int old_pthread_cond_broadcast(pthread_cond_t *c)
{
	SIGNAL(real.old_pthread_cond_broadcast(c), c, 0);
}
#endif
