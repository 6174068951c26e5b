/* SPDX-License-Identifier: MIT */
/* What comes between the hooks and the real functions when threads are steered.
 *
 * Every acquisition is said to have to wait, so that its hook goes the way on which steer.h is asked; and every release is
 * followed by a moment in which others may come; and when a signal has been given, that is known.  So nothing of this costs
 * a program that is not steered.
 */
#include "hooks.h"

#include <errno.h>

static struct real unsteered;

#define STEER_INIT(name, params, args)
#define STEER_DESTROY(name, params, args)
#define STEER_LOCK(name, params, args)
#define STEER_PLAIN_LOCK(name, params, args)
#define STEER_PLAIN_READ(name, params, args)
#define STEER_TIMED(name, params, args)
#define STEER_CLOCKED(name, params, args)
#define STEER_LEAVE(name, params, args)
#define STEER_DELETE(name, params, args)
#define STEER_CUSTOM(name, params, args)
#define STEER_PLAIN_UNLOCK(name, params, args) STEER_UNLOCK(name, params, args)
#define STEER_PLAIN_READ_UNLOCK(name, params, args) STEER_UNLOCK(name, params, args)

#define STEER_TRY(name, params, args)                                                                                 \
	static int busy_##name params                                                                                 \
	{                                                                                                             \
		return EBUSY;                                                                                         \
	}
#define STEER_UNLOCK(name, params, args)                                                                              \
	static int release_##name params                                                                              \
	{                                                                                                             \
		int rc = unsteered.name args;                                                                         \
                                                                                                                      \
		steer_after_release();                                                                                \
		return rc;                                                                                            \
	}
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra) STEER_##shape(name, params, args)
#include "hooks.def"
#undef STEER_TRY
#undef STEER_UNLOCK

#define SIGNAL(name, type)                                                                                            \
	static int signal_##name(type *condition)                                                                     \
	{                                                                                                             \
		int rc = unsteered.name(condition);                                                                   \
                                                                                                                      \
		steer_after_signal();                                                                                 \
		return rc;                                                                                            \
	}

SIGNAL(pthread_cond_signal, pthread_cond_t)
SIGNAL(pthread_cond_broadcast, pthread_cond_t)
SIGNAL(cnd_signal, cnd_t)
SIGNAL(cnd_broadcast, cnd_t)

static int busy_ftrylockfile(FILE *f)
{
	return EBUSY;
}

cold void hooks_steer(void)
{
	unsteered = real;
	real_first.ftrylockfile = busy_ftrylockfile;
	real.pthread_cond_signal = signal_pthread_cond_signal;
	real.pthread_cond_broadcast = signal_pthread_cond_broadcast;
	real.cnd_signal = signal_cnd_signal;
	real.cnd_broadcast = signal_cnd_broadcast;
#define STEER_TRY(name, params, args) real_first.name = busy_##name;
#define STEER_UNLOCK(name, params, args) real.name = release_##name;
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra) STEER_##shape(name, params, args)
#include "hooks.def"
}
