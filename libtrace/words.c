/* SPDX-License-Identifier: MIT */
/* What glibc keeps in the words of its objects. */
#include "words.h"

#include "peek.h"

#include <linux/futex.h>

static cold uint32_t mutex_flags(unsigned kind)
{
	static const uint16_t of_type[] = {
		[PTHREAD_MUTEX_TIMED_NP] = 0,
		[PTHREAD_MUTEX_RECURSIVE_NP] = OBJECT_RECURSIVE,
		[PTHREAD_MUTEX_ERRORCHECK_NP] = OBJECT_ERRORCHECK,
		[PTHREAD_MUTEX_ADAPTIVE_NP] = OBJECT_ADAPTIVE,
	};
	uint32_t flags = of_type[kind & MUTEX_TYPE];

	if (kind & MUTEX_ROBUST)
		flags |= OBJECT_ROBUST;
	if (kind & MUTEX_PRIO_INHERIT)
		flags |= OBJECT_PRIO_INHERIT;
	if (kind & MUTEX_PRIO_PROTECT)
		flags |= OBJECT_PRIO_PROTECT;
	if (kind & MUTEX_PROCESS_SHARED)
		flags |= OBJECT_PROCESS_SHARED;
	return flags;
}

static const pthread_rwlock_t *as_rwlock(uintptr_t address)
{
	return (const void *)address;
}

static bool prefers_writers(uintptr_t rwlock)
{
	return as_rwlock(rwlock)->__data.__flags == PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP;
}

cold uint32_t words_owner(uintptr_t address, enum object_kind kind)
{
	if (kind == OBJECT_MUTEX)
		return words_mutex_owner(address);
	if (kind == OBJECT_RWLOCK)
		return (uint32_t)__atomic_load_n(&as_rwlock(address)->__data.__cur_writer, __ATOMIC_ACQUIRE);
	return 0;
}

/* Of the bits of __readers (glibc, nptl/pthread_rwlock_common.c) the first says only whose turn it is. */
cold bool words_is_held(uintptr_t address, enum object_kind kind)
{
	enum { TURN = 1 };

	if (kind == OBJECT_RWLOCK)
		return __atomic_load_n(&as_rwlock(address)->__data.__readers, __ATOMIC_ACQUIRE) & ~TURN;
	return words_owner(address, kind);
}

cold uint32_t words_wait_flags(uintptr_t address, enum object_kind kind, enum object_mode mode, uint32_t tid)
{
	bool is_own = words_owner(address, kind) == tid;

	if (kind == OBJECT_MUTEX && is_own &&
	    (words_mutex_kind(address) & MUTEX_TYPE) == PTHREAD_MUTEX_ERRORCHECK_NP)
		return DEP_TIMED;
	if (kind != OBJECT_RWLOCK)
		return 0;
	if (is_own)
		return DEP_TIMED;
	return mode == MODE_READ && prefers_writers(address) ? DEP_BEHIND_WRITERS : 0;
}

static cold uint32_t rwlock_flags(uintptr_t rwlock)
{
	return (prefers_writers(rwlock) ? OBJECT_PREFER_WRITER : 0) |
	       (as_rwlock(rwlock)->__data.__shared ? OBJECT_PROCESS_SHARED : 0);
}

/* What follows the first word says which futexes it uses (glibc, sysdeps/nptl/internaltypes.h), as the system call wants it.
 * A semaphore that somebody else posted may be gone by now: other values mean nothing. */
static cold uint32_t sem_flags(uintptr_t sem)
{
	int futexes;

	return peek(sem + sizeof(long), sizeof(futexes), &futexes) && futexes == FUTEX_PRIVATE_FLAG ?
		       OBJECT_PROCESS_SHARED : 0;
}

cold uint32_t words_flags(uint64_t address, enum object_kind kind)
{
	switch (kind) {
	case OBJECT_MUTEX:
		return mutex_flags(words_mutex_kind((uintptr_t)address));
	case OBJECT_RWLOCK:
		return rwlock_flags((uintptr_t)address);
	case OBJECT_SEM:
		return sem_flags((uintptr_t)address);
	default:
		return 0;
	}
}
