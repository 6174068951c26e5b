/* SPDX-License-Identifier: MIT */
/* Read-write locks of the three kinds, and spin locks. */
#include "say.h"

#include <stdio.h>
#include <stdlib.h>

static const struct {
	const char *name;
	int kind;
} kinds[] = {
	{"prefer readers", PTHREAD_RWLOCK_PREFER_READER_NP},
	{"prefer writers", PTHREAD_RWLOCK_PREFER_WRITER_NP},
	{"prefer writers nonrecursive", PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP},
};

static const char *kind;

static const char *in(const char *what)
{
	static char text[128];

	snprintf(text, sizeof(text), "%s, %s", kind, what);
	return text;
}

static void undo(pthread_rwlock_t *l, long rc)
{
	if (rc == 0)
		pthread_rwlock_unlock(l);
}

static void tell_reading(pthread_rwlock_t *l, const char *state)
{
	undo(l, CALL(pthread_rwlock_tryrdlock, in(state), l));
	undo(l, CALL(pthread_rwlock_timedrdlock, in(state), l, &long_ago));
	undo(l, CALL(pthread_rwlock_timedrdlock, in("nonsense"), l, &nonsense));
	undo(l, CALL(pthread_rwlock_clockrdlock, in(state), l, CLOCK_MONOTONIC, &long_ago));
	undo(l, CALL(pthread_rwlock_clockrdlock, in("nonsense"), l, CLOCK_MONOTONIC, &nonsense));
	undo(l, CALL(pthread_rwlock_clockrdlock, in("no such clock"), l, NO_CLOCK, &never));
}

static void tell_writing(pthread_rwlock_t *l, const char *state)
{
	undo(l, CALL(pthread_rwlock_trywrlock, in(state), l));
	undo(l, CALL(pthread_rwlock_timedwrlock, in(state), l, &long_ago));
	undo(l, CALL(pthread_rwlock_timedwrlock, in("nonsense"), l, &nonsense));
	undo(l, CALL(pthread_rwlock_clockwrlock, in(state), l, CLOCK_MONOTONIC, &long_ago));
	undo(l, CALL(pthread_rwlock_clockwrlock, in("nonsense"), l, CLOCK_MONOTONIC, &nonsense));
	undo(l, CALL(pthread_rwlock_clockwrlock, in("no such clock"), l, NO_CLOCK, &never));
}

static void tell_other_reads(void *l)
{
	tell_reading(l, "another thread reads");
	tell_writing(l, "another thread reads");
	undo(l, CALL(pthread_rwlock_rdlock, in("another thread reads"), l));
}

static void tell_other_writes(void *l)
{
	tell_reading(l, "another thread writes");
	tell_writing(l, "another thread writes");
}

static void tell_own_write(pthread_rwlock_t *l)
{
	CALL(pthread_rwlock_rdlock, in("own"), l);
	CALL(pthread_rwlock_wrlock, in("own"), l);
	tell_reading(l, "own");
	tell_writing(l, "own");
}

static void tell_kind(pthread_rwlock_t *l)
{
	tell_reading(l, "free");
	tell_writing(l, "free");
	CALL(pthread_rwlock_rdlock, in("free"), l);
	CALL(pthread_rwlock_rdlock, in("read"), l);
	elsewhere(tell_other_reads, l);
	pthread_rwlock_unlock(l);
	CALL(pthread_rwlock_unlock, in("read"), l);
	CALL(pthread_rwlock_wrlock, in("free"), l);
	elsewhere(tell_other_writes, l);
	tell_own_write(l);
	CALL(pthread_rwlock_unlock, in("written"), l);
}

/* ---- cancellation: none of them is a point of it ----------------------------------------------------------------- */

static pthread_rwlock_t plain = PTHREAD_RWLOCK_INITIALIZER;

static long rdlock(void *l)
{
	return pthread_rwlock_rdlock(l);
}

static long wrlock(void *l)
{
	return pthread_rwlock_wrlock(l);
}

static long timedrdlock(void *l)
{
	return pthread_rwlock_timedrdlock(l, &never);
}

static long clockwrlock(void *l)
{
	return pthread_rwlock_clockwrlock(l, CLOCK_MONOTONIC, &never);
}

static void unlock(void *l)
{
	pthread_rwlock_unlock(l);
}

static void tell_cancelled(const char *function, long (*call)(void *))
{
	const struct attempt attempt = {function, call, &plain, unlock};

	cancel_before(attempt);
	pthread_rwlock_wrlock(&plain);
	cancel_within(attempt, unlock);
}

void tell_rwlocks(void)
{
	pthread_rwlockattr_t attributes;
	pthread_rwlock_t l;

	for (unsigned i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
		kind = kinds[i].name;
		pthread_rwlockattr_init(&attributes);
		pthread_rwlockattr_setkind_np(&attributes, kinds[i].kind);
		CALL(pthread_rwlock_init, kind, &l, &attributes);
		tell_kind(&l);
		CALL(pthread_rwlock_destroy, kind, &l);
	}
	tell_cancelled("pthread_rwlock_rdlock", rdlock);
	tell_cancelled("pthread_rwlock_wrlock", wrlock);
	tell_cancelled("pthread_rwlock_timedrdlock", timedrdlock);
	tell_cancelled("pthread_rwlock_clockwrlock", clockwrlock);
}

/* ---- spin locks -------------------------------------------------------------------------------------------------- */

static long spin_lock(void *l)
{
	return pthread_spin_lock(l);
}

static void spin_unlock(void *l)
{
	pthread_spin_unlock(l);
}

void tell_spins(void)
{
	static pthread_spinlock_t l;

	CALL(pthread_spin_init, "private", &l, PTHREAD_PROCESS_PRIVATE);
	CALL(pthread_spin_lock, "free", &l);
	CALL(pthread_spin_trylock, "own", &l);
	CALL(pthread_spin_unlock, "own", &l);
	CALL(pthread_spin_trylock, "free", &l);
	pthread_spin_unlock(&l);
	cancel_before((struct attempt){"pthread_spin_lock", spin_lock, (void *)&l, spin_unlock});
	CALL(pthread_spin_destroy, "free", &l);
	CALL(pthread_spin_init, "shared", &l, PTHREAD_PROCESS_SHARED);
}
