/* SPDX-License-Identifier: MIT */
/* Are glibc's plain mutex, its semaphore and its read-write lock what plain.h takes them for? */
#include "plain.h"

#include "options.h"
#include "real.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <linux/futex.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum {
	OLDEST_MINOR = 31, NEWEST_MINOR = 41,	/* glibc 2.x whose source does what is done here */
};

static cold bool is_known_release(void)
{
	const char *version = gnu_get_libc_version();
	int minor = strncmp(version, "2.", 2) ? 0 : atoi(version + 2);

	return minor >= OLDEST_MINOR && minor <= NEWEST_MINOR;
}

/* Does it lie in glibc?  Another preload's function would not be called any more. */
static cold bool is_libcs(void *function)
{
	Dl_info found;
	const char *name;

	if (!dladdr(function, &found) || !found.dli_fname)
		return false;
	name = strrchr(found.dli_fname, '/');
	name = name ? name + 1 : found.dli_fname;
	return !strcmp(name, "libc.so.6") || !strcmp(name, "libpthread.so.0");
}

static cold bool is_equal(const pthread_mutex_t *a, const pthread_mutex_t *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Each takes one mutex and gives back the other's: after every step the two are equal to the last byte.  Elision of locks
 * (a tunable of glibc) changes the kind of a mutex when it is first taken, and is seen here. */
static cold bool do_agree(void)
{
	static const pthread_mutex_t free_one = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_t libcs = free_one, ours = free_one;
	uint32_t tid = (uint32_t)gettid();

	if (real.pthread_mutex_lock(&libcs) || !plain_acquire(&ours, tid) || !is_equal(&libcs, &ours))
		return false;
	if (plain_acquire(&libcs, tid) || real.pthread_mutex_trylock(&ours) != EBUSY || !is_equal(&libcs, &ours))
		return false;
	if (!plain_release(&libcs) || real.pthread_mutex_unlock(&ours) || !is_equal(&libcs, &ours))
		return false;
	return is_equal(&ours, &free_one);
}

/* The same with two semaphores, which begin with 1. */
static cold bool do_semaphores_agree(void)
{
	sem_t libcs, ours;
	int value;

	memset(&libcs, 0, sizeof(libcs));
	if (real.sem_init(&libcs, 0, 1))
		return false;
	ours = libcs;
	if (real.sem_trywait(&libcs) || !plain_semaphore_acquire(&ours) || memcmp(&libcs, &ours, sizeof(ours)))
		return false;
	if (plain_semaphore_acquire(&libcs) || sem_getvalue(&ours, &value) || value)
		return false;
	if (!plain_semaphore_release(&libcs) || real.sem_post(&ours) || memcmp(&libcs, &ours, sizeof(ours)))
		return false;
	return !sem_getvalue(&ours, &value) && value == 1;
}

/* The same with two read-write locks: with up to two readers, and with a writer, of whom nothing is known here. */
static cold bool do_rwlocks_agree(void)
{
	static const pthread_rwlock_t free_one = PTHREAD_RWLOCK_INITIALIZER;
	pthread_rwlock_t libcs = free_one, ours = free_one;

	if (real.pthread_rwlock_rdlock(&libcs) || !plain_read_acquire(&ours) || memcmp(&libcs, &ours, sizeof(ours)))
		return false;
	if (!plain_read_acquire(&libcs) || real.pthread_rwlock_tryrdlock(&ours) || memcmp(&libcs, &ours, sizeof(ours)))
		return false;
	if (!plain_read_release(&libcs) || real.pthread_rwlock_unlock(&ours) || memcmp(&libcs, &ours, sizeof(ours)))
		return false;
	if (real.pthread_rwlock_unlock(&libcs) || !plain_read_release(&ours) || memcmp(&libcs, &ours, sizeof(ours)) ||
	    memcmp(&ours, &free_one, sizeof(ours)) || plain_read_release(&ours))
		return false;
	return !real.pthread_rwlock_wrlock(&ours) && !plain_read_acquire(&ours) && !plain_read_release(&ours) &&
	       !real.pthread_rwlock_unlock(&ours);
}

cold int plain_wake(pthread_mutex_t *m)
{
	int saved_errno = errno;

	real.syscall(SYS_futex, &m->__data.__lock, FUTEX_WAKE_PRIVATE, 1, NULL, NULL, 0);
	errno = saved_errno;
	return 0;
}

cold void plain_init(void)
{
	if (options.calls_libc || !is_known_release())
		return;
	switches.plain_semaphores = is_libcs((void *)real.sem_wait) && is_libcs((void *)real.sem_trywait) &&
				    is_libcs((void *)real.sem_post) && do_semaphores_agree();
	switches.plain_rwlocks = is_libcs((void *)real.pthread_rwlock_rdlock) &&
				 is_libcs((void *)real.pthread_rwlock_tryrdlock) &&
				 is_libcs((void *)real.pthread_rwlock_unlock) && do_rwlocks_agree();
	if (!is_libcs((void *)real.pthread_mutex_lock) || !is_libcs((void *)real.pthread_mutex_unlock) || !do_agree())
		return;
	*(options.mode == TRACE_FULL || switches.n_stops ? &switches.plain_kind_seen : &switches.plain_kind) =
		PTHREAD_MUTEX_TIMED_NP;
}
