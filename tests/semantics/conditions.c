/* SPDX-License-Identifier: MIT */
/* Condition variables, those of before 2003 too.  A wait that is cancelled ends with the mutex held. */
#include "say.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdlib.h>

struct place {
	pthread_cond_t condition;
	pthread_mutex_t mutex;
	bool is_woken;
	void (*wake)(struct place *place);
};

/* Wakes the thread that waits, from a thread that comes when it has released the mutex. */
static void wake(void *argument)
{
	struct place *place = argument;

	pthread_mutex_lock(&place->mutex);
	place->is_woken = true;
	place->wake(place);
	pthread_mutex_unlock(&place->mutex);
}

static void *wake_in_thread(void *place)
{
	wake(place);
	return NULL;
}

static void woken(struct place *place, const char *function, long (*call)(struct place *place))
{
	pthread_t thread;
	long rc = 0;

	pthread_mutex_lock(&place->mutex);
	place->is_woken = false;
	if (pthread_create(&thread, NULL, wake_in_thread, place))
		abort();
	errno = 0;
	while (!place->is_woken && rc == 0)
		rc = call(place);
	say(function, "woken", rc, errno);
	CALL(pthread_mutex_trylock, "after a wait", &place->mutex);
	pthread_mutex_unlock(&place->mutex);
	pthread_join(thread, NULL);
}

static void held(struct place *place, void (*story)(struct place *place))
{
	pthread_mutex_lock(&place->mutex);
	story(place);
	CALL(pthread_mutex_trylock, "after a wait", &place->mutex);
	pthread_mutex_unlock(&place->mutex);
}

static void signal_it(struct place *place)
{
	CALL(pthread_cond_signal, "waited for", &place->condition);
}

static void broadcast_it(struct place *place)
{
	CALL(pthread_cond_broadcast, "waited for", &place->condition);
}

static long wait_for(struct place *place)
{
	return pthread_cond_wait(&place->condition, &place->mutex);
}

static long timedwait_for(struct place *place)
{
	return pthread_cond_timedwait(&place->condition, &place->mutex, &never);
}

static long clockwait_for(struct place *place)
{
	return pthread_cond_clockwait(&place->condition, &place->mutex, CLOCK_MONOTONIC, &never);
}

static void tell_timeouts(struct place *place)
{
	CALL(pthread_cond_timedwait, "too late", &place->condition, &place->mutex, &long_ago);
	CALL(pthread_cond_timedwait, "nonsense", &place->condition, &place->mutex, &nonsense);
	CALL(pthread_cond_clockwait, "too late", &place->condition, &place->mutex, CLOCK_MONOTONIC, &long_ago);
	CALL(pthread_cond_clockwait, "nonsense", &place->condition, &place->mutex, CLOCK_MONOTONIC, &nonsense);
	CALL(pthread_cond_clockwait, "no such clock", &place->condition, &place->mutex, NO_CLOCK, &never);
}

/* The mutex is an error-checking one that is not held. */
static void tell_not_owner(void)
{
	pthread_mutex_t mutex = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;
	pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

	CALL(pthread_cond_wait, "not the owner", &condition, &mutex);
	CALL(pthread_cond_timedwait, "not the owner", &condition, &mutex, &never);
	CALL(pthread_cond_clockwait, "not the owner", &condition, &mutex, CLOCK_MONOTONIC, &never);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

static long call_wait(void *place)
{
	return wait_for(place);
}

static long call_timedwait(void *place)
{
	return timedwait_for(place);
}

static long call_clockwait(void *place)
{
	return clockwait_for(place);
}

static void tell_cancelled(struct place *place, const char *function, long (*call)(void *))
{
	const struct attempt attempt = {function, call, place, .mutex = &place->mutex};

	cancel_before(attempt);
	cancel_within(attempt, NULL);
}

void tell_conditions(void)
{
	static struct place place = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = signal_it};

	CALL(pthread_cond_init, "plain", &place.condition, NULL);
	CALL(pthread_cond_signal, "nobody waits", &place.condition);
	CALL(pthread_cond_broadcast, "nobody waits", &place.condition);
	woken(&place, "pthread_cond_wait", wait_for);
	woken(&place, "pthread_cond_timedwait", timedwait_for);
	place.wake = broadcast_it;
	woken(&place, "pthread_cond_clockwait", clockwait_for);
	held(&place, tell_timeouts);
	tell_not_owner();
	tell_cancelled(&place, "pthread_cond_wait", call_wait);
	tell_cancelled(&place, "pthread_cond_timedwait", call_timedwait);
	tell_cancelled(&place, "pthread_cond_clockwait", call_clockwait);
	CALL(pthread_cond_destroy, "plain", &place.condition);
}

/* ---- what a program of the year 2002 is bound to ----------------------------------------------------------------- */

#ifdef __x86_64__
#define OLD(name, ...)                                                                                                \
	int old_##name(__VA_ARGS__);                                                                                  \
	__asm__(".symver old_" #name ", pthread_" #name "@GLIBC_2.2.5")
OLD(cond_init, pthread_cond_t *, const pthread_condattr_t *);
OLD(cond_destroy, pthread_cond_t *);
OLD(cond_wait, pthread_cond_t *, pthread_mutex_t *);
OLD(cond_timedwait, pthread_cond_t *, pthread_mutex_t *, const struct timespec *);
OLD(cond_signal, pthread_cond_t *);
OLD(cond_broadcast, pthread_cond_t *);

#define CALL_OLD(name, form, ...) CALL_AS("pthread_" #name "@GLIBC_2.2.5", form, old_##name(__VA_ARGS__))

static void old_signal_it(struct place *place)
{
	CALL_OLD(cond_signal, "waited for", &place->condition);
}

static void old_broadcast_it(struct place *place)
{
	CALL_OLD(cond_broadcast, "waited for", &place->condition);
}

static long old_wait_for(struct place *place)
{
	return old_cond_wait(&place->condition, &place->mutex);
}

static long old_timedwait_for(struct place *place)
{
	return old_cond_timedwait(&place->condition, &place->mutex, &never);
}

static void old_tell_timeouts(struct place *place)
{
	CALL_OLD(cond_timedwait, "too late", &place->condition, &place->mutex, &long_ago);
	CALL_OLD(cond_timedwait, "nonsense", &place->condition, &place->mutex, &nonsense);
}

static long old_call_wait(void *place)
{
	return old_wait_for(place);
}

static long old_call_timedwait(void *place)
{
	return old_timedwait_for(place);
}

void tell_old_conditions(void)
{
	static struct place place = {.mutex = PTHREAD_MUTEX_INITIALIZER, .wake = old_signal_it};

	CALL_OLD(cond_init, "plain", &place.condition, NULL);
	CALL_OLD(cond_signal, "nobody waits", &place.condition);
	CALL_OLD(cond_broadcast, "nobody waits", &place.condition);
	woken(&place, "pthread_cond_wait@GLIBC_2.2.5", old_wait_for);
	place.wake = old_broadcast_it;
	woken(&place, "pthread_cond_timedwait@GLIBC_2.2.5", old_timedwait_for);
	held(&place, old_tell_timeouts);
	tell_cancelled(&place, "pthread_cond_wait@GLIBC_2.2.5", old_call_wait);
	tell_cancelled(&place, "pthread_cond_timedwait@GLIBC_2.2.5", old_call_timedwait);
	CALL_OLD(cond_destroy, "plain", &place.condition);
}
#else
void tell_old_conditions(void)
{
}
#endif
