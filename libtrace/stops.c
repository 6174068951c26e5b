/* SPDX-License-Identifier: MIT */
/* Is this an operation at which a debugger wants to stop this thread? */
#include "stops.h"

#include "thread.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <sys/prctl.h>

enum { KIND_OF_NO_MUTEX = -1, LOOKS_A_NAME = 64 };

exported struct trace_switches snag_switches = {KIND_OF_NO_MUTEX, KIND_OF_NO_MUTEX, .is_seen = 0};
extern struct trace_switches switches __attribute__((alias("snag_switches"), visibility("hidden")));

/* The calling thread's name.  Most are given by pthread_setname_np(), which the slot knows of; another one is asked for
 * now and then only, since a system call costs more than all the rest. */
static const char *own_name(void)
{
	static __thread char name[TRACE_NAME_SIZE];
	static __thread unsigned n_looks;

	if (thread_hot.slot->name[0])
		return thread_hot.slot->name;
	if (n_looks++ % LOOKS_A_NAME == 0)
		prctl(PR_GET_NAME, name, 0L, 0L, 0L);
	return name;
}

static bool is_meant(const struct trace_stop *stop, enum stop_operation operation, uint64_t address)
{
	return stop->operations & operation && address >= stop->start && address < stop->end &&
	       (!stop->tid || stop->tid == thread_hot.tid) &&
	       (!stop->thread[0] || !strncmp(stop->thread, own_name(), sizeof(stop->thread)));
}

void stops_look_through(enum stop_operation operation, uint64_t address, enum object_kind kind)
{
	int saved_errno = errno;

	for (uint32_t i = 0; i < switches.n_stops && i < TRACE_MAX_STOPS; i++)
		if (is_meant(&switches.stop[i], operation, address))
			snag_on_lock(i, address, kind, operation);
	errno = saved_errno;
}

exported __attribute__((noinline)) void snag_on_lock(uint32_t number, uint64_t address, enum object_kind kind,
						     enum stop_operation operation)
{
	__asm__ volatile("" ::"r"(number), "r"(address), "r"(kind), "r"(operation) : "memory");
}
