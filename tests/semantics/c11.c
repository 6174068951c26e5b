/* SPDX-License-Identifier: MIT */
/* The threads of C11, and streams. */
#include "say.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>

static mtx_t m;
static cnd_t c;
static bool is_woken;

static void tell_busy(void *unused)
{
	CALL(mtx_trylock, "of another thread", &m);
	CALL(mtx_timedlock, "of another thread", &m, &long_ago);
	CALL(mtx_timedlock, "of another thread, nonsense", &m, &nonsense);
}

static void tell_type(const char *name, int type)
{
	CALL(mtx_init, name, &m, type);
	CALL(mtx_lock, name, &m);
	elsewhere(tell_busy, NULL);
	if (!CALL(mtx_trylock, "own", &m))
		mtx_unlock(&m);
	CALL(mtx_unlock, name, &m);
	CALL(mtx_timedlock, name, &m, &long_ago);
	CALL(mtx_unlock, name, &m);
	CALL(mtx_timedlock, "free, nonsense", &m, &nonsense);
	CALL(mtx_unlock, name, &m);
	CALL(mtx_trylock, name, &m);
	CALL(mtx_unlock, name, &m);
	CALL_VOID(mtx_destroy, name, &m);
}

/* ---- conditions -------------------------------------------------------------------------------------------------- */

static int wake(void *is_broadcast)
{
	mtx_lock(&m);
	is_woken = true;
	if (is_broadcast)
		CALL(cnd_broadcast, "waited for", &c);
	else
		CALL(cnd_signal, "waited for", &c);
	mtx_unlock(&m);
	return 7;
}

static void tell_woken(bool is_broadcast)
{
	int rc = 0, result;
	thrd_t thread;

	is_woken = false;
	mtx_lock(&m);
	CALL(thrd_create, "of a waker", &thread, wake, is_broadcast ? &c : NULL);
	while (!is_woken && !rc)
		rc = is_broadcast ? cnd_wait(&c, &m) : cnd_timedwait(&c, &m, &never);
	CALL_AS(is_broadcast ? "cnd_wait" : "cnd_timedwait", "woken", rc);
	CALL(mtx_trylock, "after a wait", &m);
	mtx_unlock(&m);
	CALL(thrd_join, "of a waker", thread, &result);
	printf("thrd_join: the result is %d\n", result);
}

static long lock(void *unused)
{
	return mtx_lock(&m);
}

static long trylock(void *unused)
{
	return mtx_trylock(&m);
}

static long timedlock(void *unused)
{
	return mtx_timedlock(&m, &never);
}

static void unlock(void *unused)
{
	mtx_unlock(&m);
}

static long wait_for(void *unused)
{
	return cnd_wait(&c, &m);
}

static long timedwait_for(void *unused)
{
	return cnd_timedwait(&c, &m, &never);
}

/* glibc's mtx_t is a pthread_mutex_t to it. */
static void tell_cancelled(const char *function, long (*call)(void *))
{
	const struct attempt attempt = {function, call, .mutex = (pthread_mutex_t *)&m};

	cancel_before(attempt);
	cancel_within(attempt, NULL);
}

static void tell_not_cancelled(const char *function, long (*call)(void *))
{
	const struct attempt attempt = {function, call, .undo = unlock};

	cancel_before(attempt);
	if (call == trylock)
		return;
	mtx_lock(&m);
	cancel_within(attempt, unlock);
}

/* ---- threads ----------------------------------------------------------------------------------------------------- */

static int exits(void *unused)
{
	mtx_lock(&m);
	mtx_unlock(&m);
	errno = 0;
	say("thrd_exit", "with 5", 0, errno);
	thrd_exit(5);
}

static atomic_bool is_done;

static int says_it_is_done(void *unused)
{
	is_done = true;
	return 0;
}

static void tell_c11_threads(void)
{
	int result = 0;
	thrd_t thread;

	mtx_lock(&m);
	CALL(thrd_create, "that exits", &thread, exits, NULL);
	mtx_unlock(&m);
	CALL(thrd_join, "that exits", thread, &result);
	printf("thrd_join: the result is %d\n", result);
	thrd_create(&thread, says_it_is_done, NULL);
	CALL(thrd_detach, "once", thread);
	while (!is_done)
		thrd_yield();
	CALL(thrd_join, "itself", thrd_current(), &result);
}

void tell_c11(void)
{
	tell_type("plain", mtx_plain);
	tell_type("timed", mtx_timed);
	tell_type("recursive", mtx_plain | mtx_recursive);
	tell_type("timed recursive", mtx_timed | mtx_recursive);
	CALL(mtx_init, "no such type", &m, 77);
	mtx_init(&m, mtx_timed);
	CALL(cnd_init, "plain", &c);
	CALL(cnd_signal, "nobody waits", &c);
	CALL(cnd_broadcast, "nobody waits", &c);
	tell_woken(false);
	tell_woken(true);
	mtx_lock(&m);
	CALL(cnd_timedwait, "too late", &c, &m, &long_ago);
	CALL(cnd_timedwait, "nonsense", &c, &m, &nonsense);
	mtx_unlock(&m);
	tell_cancelled("cnd_wait", wait_for);
	tell_cancelled("cnd_timedwait", timedwait_for);
	tell_not_cancelled("mtx_lock", lock);
	tell_not_cancelled("mtx_trylock", trylock);
	tell_not_cancelled("mtx_timedlock", timedlock);
	CALL_VOID(cnd_destroy, "plain", &c);
	tell_c11_threads();
}

/* ---- streams ----------------------------------------------------------------------------------------------------- */

static FILE *file;

static void try_stream(void *unused)
{
	CALL_AS("ftrylockfile", "of another thread", ftrylockfile(file) != 0);
}

static long lock_stream(void *unused)
{
	flockfile(file);
	return 0;
}

static void unlock_stream(void *unused)
{
	funlockfile(file);
}

void tell_streams(void)
{
	const struct attempt attempt = {"flockfile", lock_stream, NULL, unlock_stream};

	file = tmpfile();
	if (!file)
		abort();
	CALL_VOID(flockfile, "free", file);
	elsewhere(try_stream, NULL);
	CALL_VOID(flockfile, "own", file);
	CALL(ftrylockfile, "own", file);
	CALL_VOID(funlockfile, "thrice", file);
	CALL_VOID(funlockfile, "twice", file);
	CALL_VOID(funlockfile, "once", file);
	CALL(ftrylockfile, "free", file);
	funlockfile(file);
	cancel_before(attempt);
	flockfile(file);
	cancel_within(attempt, unlock_stream);
	fclose(file);
}
