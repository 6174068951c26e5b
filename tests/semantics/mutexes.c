/* SPDX-License-Identifier: MIT */
/* Mutexes: all types of all protocols; with owners that live, die, and are other threads. */
#include "say.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static const struct {
	const char *name;
	int type;
} types[] = {
	{"normal", PTHREAD_MUTEX_NORMAL},
	{"recursive", PTHREAD_MUTEX_RECURSIVE},
	{"errorcheck", PTHREAD_MUTEX_ERRORCHECK},
	{"adaptive", PTHREAD_MUTEX_ADAPTIVE_NP},
};

static const struct {
	const char *name;
	int robust, protocol, shared;
} protocols[] = {
	{"private", PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE},
	{"shared", PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED},
	{"robust", PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_PRIVATE},
	{"robust shared", PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_NONE, PTHREAD_PROCESS_SHARED},
	{"inherit", PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_PRIVATE},
	{"robust inherit", PTHREAD_MUTEX_ROBUST, PTHREAD_PRIO_INHERIT, PTHREAD_PROCESS_SHARED},
	{"protect", PTHREAD_MUTEX_STALLED, PTHREAD_PRIO_PROTECT, PTHREAD_PROCESS_PRIVATE},
};

static char form[128];

/* One mutex, in memory that a child shares. */
static pthread_mutex_t *m;

static const char *in(const char *what)
{
	static char text[192];

	snprintf(text, sizeof(text), "%s, %s", form, what);
	return text;
}

static void tell_busy(void *unused)
{
	CALL(pthread_mutex_trylock, in("of another thread"), m);
	CALL(pthread_mutex_timedlock, in("of another thread"), m, &long_ago);
	CALL(pthread_mutex_timedlock, in("of another thread, nonsense"), m, &nonsense);
	CALL(pthread_mutex_clocklock, in("of another thread"), m, CLOCK_MONOTONIC, &long_ago);
	CALL(pthread_mutex_clocklock, in("of another thread, no such clock"), m, NO_CLOCK, &long_ago);
}

static void tell_not_owner(void *unused)
{
	CALL(pthread_mutex_unlock, in("not the owner"), m);
}

/* A free one, which needs no waiting. */
static void tell_free(void)
{
	if (!CALL(pthread_mutex_lock, in("free"), m))
		CALL(pthread_mutex_unlock, in("held"), m);
	if (!CALL(pthread_mutex_trylock, in("free"), m))
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_timedlock, in("free"), m, &never))
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_timedlock, in("free, nonsense"), m, &nonsense))
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_clocklock, in("free"), m, CLOCK_MONOTONIC, &never))
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_clocklock, in("free, nonsense"), m, CLOCK_REALTIME, &nonsense))
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_clocklock, in("free, no such clock"), m, NO_CLOCK, &never))
		pthread_mutex_unlock(m);
}

/* Its own.  The protocol of ceilings goes by other rules: then a thread of no priority holds none at all. */
static void tell_own(int type)
{
	int is_again;

	CALL(pthread_mutex_trylock, in("own"), m);
	if (type == PTHREAD_MUTEX_RECURSIVE)
		pthread_mutex_unlock(m);
	is_again = CALL(pthread_mutex_timedlock, in("own"), m, &long_ago) == 0;
	if (is_again)
		pthread_mutex_unlock(m);
	if (!CALL(pthread_mutex_clocklock, in("own"), m, CLOCK_MONOTONIC, &long_ago))
		pthread_mutex_unlock(m);
	if (type == PTHREAD_MUTEX_RECURSIVE || type == PTHREAD_MUTEX_ERRORCHECK)
		if (!CALL(pthread_mutex_lock, in("own"), m))
			pthread_mutex_unlock(m);
	CALL(pthread_mutex_destroy, in("own"), m);
	CALL(pthread_mutex_consistent, in("own"), m);
}

static void die_with_it(void *unused)
{
	pthread_mutex_lock(m);
}

static void tell_dead_owner(void)
{
	elsewhere(die_with_it, NULL);
	CALL(pthread_mutex_trylock, in("of a dead thread"), m);
	CALL(pthread_mutex_consistent, in("of a dead thread"), m);
	CALL(pthread_mutex_unlock, in("of a dead thread, put right"), m);
	elsewhere(die_with_it, NULL);
	CALL(pthread_mutex_timedlock, in("of a dead thread"), m, &never);
	pthread_mutex_consistent(m);
	pthread_mutex_unlock(m);
	in_child(die_with_it, NULL);
	CALL(pthread_mutex_clocklock, in("of a dead process"), m, CLOCK_MONOTONIC, &never);
	pthread_mutex_consistent(m);
	pthread_mutex_unlock(m);
	in_child(die_with_it, NULL);
	CALL(pthread_mutex_lock, in("of a dead process"), m);
	CALL(pthread_mutex_unlock, in("of a dead process, not put right"), m);
	CALL(pthread_mutex_lock, in("not recoverable"), m);
	CALL(pthread_mutex_trylock, in("not recoverable"), m);
	CALL(pthread_mutex_timedlock, in("not recoverable"), m, &never);
}

static int init(int type, unsigned protocol)
{
	pthread_mutexattr_t attributes;
	int rc;

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, type);
	pthread_mutexattr_setrobust(&attributes, protocols[protocol].robust);
	pthread_mutexattr_setprotocol(&attributes, protocols[protocol].protocol);
	pthread_mutexattr_setpshared(&attributes, protocols[protocol].shared);
	rc = (int)CALL(pthread_mutex_init, form, m, &attributes);
	pthread_mutexattr_destroy(&attributes);
	return rc;
}

static void tell_kind(unsigned type, unsigned protocol)
{
	snprintf(form, sizeof(form), "%s %s", types[type].name, protocols[protocol].name);
	if (init(types[type].type, protocol))
		return;
	tell_free();
	if (pthread_mutex_lock(m) == 0) {
		elsewhere(tell_busy, NULL);
		tell_own(types[type].type);
		if (types[type].type == PTHREAD_MUTEX_ERRORCHECK || types[type].type == PTHREAD_MUTEX_RECURSIVE)
			elsewhere(tell_not_owner, NULL);
		pthread_mutex_unlock(m);
	}
	if (types[type].type == PTHREAD_MUTEX_ERRORCHECK || types[type].type == PTHREAD_MUTEX_RECURSIVE)
		CALL(pthread_mutex_unlock, in("free"), m);
	if (protocols[protocol].robust == PTHREAD_MUTEX_ROBUST && protocols[protocol].shared)
		tell_dead_owner();
	CALL(pthread_mutex_destroy, in("free"), m);
}

/* ---- cancellation: none of them is a point of it ----------------------------------------------------------------- */

static pthread_mutex_t plain = PTHREAD_MUTEX_INITIALIZER;

static long lock(void *mutex)
{
	return pthread_mutex_lock(mutex);
}

static long trylock(void *mutex)
{
	return pthread_mutex_trylock(mutex);
}

static long timedlock(void *mutex)
{
	return pthread_mutex_timedlock(mutex, &never);
}

static long clocklock(void *mutex)
{
	return pthread_mutex_clocklock(mutex, CLOCK_MONOTONIC, &never);
}

static void unlock(void *mutex)
{
	pthread_mutex_unlock(mutex);
}

static void tell_cancelled(const char *function, long (*call)(void *))
{
	const struct attempt attempt = {function, call, &plain, unlock};

	cancel_before(attempt);
	if (call == trylock)
		return;
	pthread_mutex_lock(&plain);
	cancel_within(attempt, unlock);
}

void tell_mutexes(void)
{
	m = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (m == MAP_FAILED)
		abort();
	for (unsigned type = 0; type < sizeof(types) / sizeof(*types); type++)
		for (unsigned protocol = 0; protocol < sizeof(protocols) / sizeof(*protocols); protocol++)
			tell_kind(type, protocol);
	tell_cancelled("pthread_mutex_lock", lock);
	tell_cancelled("pthread_mutex_trylock", trylock);
	tell_cancelled("pthread_mutex_timedlock", timedlock);
	tell_cancelled("pthread_mutex_clocklock", clocklock);
}
