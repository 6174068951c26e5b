/* SPDX-License-Identifier: MIT */
/* What glibc keeps in the words of its objects. */
#include "words.h"

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

cold uint32_t words_flags(uint64_t address, enum object_kind kind)
{
	return kind == OBJECT_MUTEX ? mutex_flags(words_mutex_kind((uintptr_t)address)) : 0;
}
