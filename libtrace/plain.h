/* SPDX-License-Identifier: MIT */
/* glibc's plain mutex, its semaphore and its read-write lock for readers, taken and given back here, without a call.
 *
 * A mutex of the default kind is a futex word (0 free, 1 taken, 2 taken and perhaps waited for; Drepper, "Futexes Are
 * Tricky", mutex 3), its owner's TID, and a count of users.  Those are in every program's static initialisers and in
 * <bits/struct_mutex.h>, and have not changed since glibc 2.4.  Doing here what pthread_mutex_lock() does when the mutex is
 * free, and what pthread_mutex_unlock() does, saves about the time that the recording costs.  A semaphore is one word of 64
 * bits since glibc 2.21: its value, and above that how many threads wait.  A read-write lock that no writer has or waits for,
 * and whose readers are in their turn, is one word since glibc 2.25: eight times their number.  Everything else is left to
 * glibc: waiting, all other kinds, and whatever plain_init() is not sure of.
 */
#ifndef SNAG_PLAIN_H
#define SNAG_PLAIN_H

#include "stops.h"
#include "thread.h"

#include <limits.h>
#include <semaphore.h>

/* Finds out whether glibc's functions do what is done here: those of a known release, not another preload's, leaving the
 * same bytes.  Called once, after real_resolve_all() and options_read(). */
void plain_init(void);

static always_inline bool plain_is(const pthread_mutex_t *m)
{
	return __atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED) == switches.plain_kind;
}

static always_inline bool plain_is_seen(const pthread_mutex_t *m)
{
	return __atomic_load_n(&m->__data.__kind, __ATOMIC_RELAXED) == switches.plain_kind_seen;
}

/* Takes it when it is free. */
static always_inline bool plain_acquire(pthread_mutex_t *m, uint32_t tid)
{
	int expected = 0;

	if (unlikely(!__atomic_compare_exchange_n(&m->__data.__lock, &expected, 1, false, __ATOMIC_ACQUIRE,
						  __ATOMIC_RELAXED)))
		return false;
	m->__data.__owner = (int)tid;
	m->__data.__nusers++;
	return true;
}

/* Gives it back.  false: somebody may wait for it, and is to be woken by plain_wake().  Its memory may be gone by now. */
static always_inline bool plain_release(pthread_mutex_t *m)
{
	m->__data.__owner = 0;
	m->__data.__nusers--;
	return __atomic_exchange_n(&m->__data.__lock, 0, __ATOMIC_RELEASE) == 1;
}

/* Wakes one that waits for it.  Returns 0. */
int plain_wake(pthread_mutex_t *m);

/* Is there one to be had? */
static always_inline bool plain_semaphore_has(const sem_t *s)
{
	return (uint32_t)__atomic_load_n((const uint64_t *)s, __ATOMIC_RELAXED);
}

/* Takes one when there is one to be had; false also when another thread came between. */
static always_inline bool plain_semaphore_acquire(sem_t *s)
{
	uint64_t *word = (uint64_t *)s, is = __atomic_load_n(word, __ATOMIC_RELAXED);

	return likely((uint32_t)is) && likely(__atomic_compare_exchange_n(word, &is, is - 1, false, __ATOMIC_ACQUIRE,
									  __ATOMIC_RELAXED));
}

/* Gives one back when nobody waits for it; false also when another thread came between. */
static always_inline bool plain_semaphore_release(sem_t *s)
{
	uint64_t *word = (uint64_t *)s, is = __atomic_load_n(word, __ATOMIC_RELAXED);

	return likely(is < SEM_VALUE_MAX) && likely(__atomic_compare_exchange_n(word, &is, is + 1, false, __ATOMIC_RELEASE,
										__ATOMIC_RELAXED));
}

enum { PLAIN_READER = 1 << 3, PLAIN_READERS = (1 << 30) - PLAIN_READER };

/* Takes it to read when only readers have it, or nobody; false also when another thread came between. */
static always_inline bool plain_read_acquire(pthread_rwlock_t *l)
{
	uint32_t is = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);

	return likely(!(is & ~(uint32_t)PLAIN_READERS)) &&
	       likely(__atomic_compare_exchange_n(&l->__data.__readers, &is, is + PLAIN_READER, false, __ATOMIC_ACQUIRE,
						  __ATOMIC_RELAXED));
}

/* Gives it back when only readers have it, and nobody waits for that; false also when another thread came between. */
static always_inline bool plain_read_release(pthread_rwlock_t *l)
{
	uint32_t is = __atomic_load_n(&l->__data.__readers, __ATOMIC_RELAXED);

	return likely(is && !(is & ~(uint32_t)PLAIN_READERS)) &&
	       likely(__atomic_compare_exchange_n(&l->__data.__readers, &is, is - PLAIN_READER, false, __ATOMIC_RELEASE,
						  __ATOMIC_RELAXED));
}

#endif
