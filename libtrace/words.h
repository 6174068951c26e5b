/* SPDX-License-Identifier: MIT */
/* What glibc keeps in the words of its objects, as far as its public headers show it. */
#ifndef SNAG_WORDS_H
#define SNAG_WORDS_H

#include "compiler.h"
#include "trace_format.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

/* Bits of pthread_mutex_t's __kind that the public headers do not name (glibc, nptl/pthreadP.h). */
enum {
	MUTEX_TYPE = 3,
	MUTEX_ROBUST = 16,
	MUTEX_PRIO_INHERIT = 32,
	MUTEX_PRIO_PROTECT = 64,
	MUTEX_PROCESS_SHARED = 128,
};

static always_inline unsigned words_mutex_kind(uintptr_t mutex)
{
	return (unsigned)__atomic_load_n(&((pthread_mutex_t *)mutex)->__data.__kind, __ATOMIC_RELAXED);
}

/* May its owner lock it again? */
static always_inline bool words_is_recursive(uintptr_t mutex)
{
	return (words_mutex_kind(mutex) & MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP;
}

/* Does unlocking it by another thread fail (EPERM), rather than do harm? */
static inline bool words_refuses_strangers(uintptr_t mutex)
{
	unsigned kind = words_mutex_kind(mutex);

	return (kind & MUTEX_TYPE) == PTHREAD_MUTEX_RECURSIVE_NP || (kind & MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK_NP ||
	       (kind & (MUTEX_ROBUST | MUTEX_PRIO_INHERIT));
}

/* TID of the owner, 0 when it is free. */
static inline uint32_t words_mutex_owner(uintptr_t mutex)
{
	return (uint32_t)__atomic_load_n(&((pthread_mutex_t *)mutex)->__data.__owner, __ATOMIC_ACQUIRE);
}

/* States of a once object (glibc, nptl/pthread_once.c). */
static inline bool words_once_is_running(const int *once)
{
	return (__atomic_load_n(once, __ATOMIC_ACQUIRE) & 3) == 1;
}

static inline bool words_once_is_done(const int *once)
{
	return __atomic_load_n(once, __ATOMIC_ACQUIRE) & 2;
}

/* Does anybody wait for a condition variable? */
static inline bool words_cond_is_awaited(uintptr_t cond)
{
	return __atomic_load_n(&((pthread_cond_t *)cond)->__data.__wrefs, __ATOMIC_ACQUIRE) >> 3;
}

/* TID of the one that has it exclusively, as far as the object says; 0: nobody, or the object does not say. */
uint32_t words_owner(uintptr_t address, enum object_kind kind);

/* Does the object say that somebody has it, or has a part in it? */
bool words_is_held(uintptr_t address, enum object_kind kind);

/* enum dep_flag of a wait for it by the thread with this TID: does it end by itself (its owner is told EDEADLK), or behind
 * waiting writers? */
uint32_t words_wait_flags(uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t tid);

/* enum object_flag of a living object. */
uint32_t words_flags(uint64_t address, enum object_kind kind);

#endif
