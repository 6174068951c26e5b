/* SPDX-License-Identifier: MIT */
/* Switches that are looked at in every operation, and the stops that a debugger has asked for (struct trace_stop):
 * it is decided here, and only the thread that is meant comes to its breakpoint. */
#ifndef SNAG_STOPS_H
#define SNAG_STOPS_H

#include "compiler.h"
#include "switches.h"

#include <stdbool.h>
#include <stddef.h>

/* As snag_switches is known here. */
extern hidden struct trace_switches switches;

/* All is recorded, and nothing else is to be seen to. */
static always_inline bool switches_just_record(void)
{
	_Static_assert(offsetof(struct trace_switches, records_all) == offsetof(struct trace_switches, is_seen) &&
			       __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "records_all is the lowest byte");
	return switches.is_seen == 1;
}

/* Calls snag_on_lock() for each stop that is meant. */
void stops_look_through(enum stop_operation operation, uint64_t address, enum object_kind kind);

/* The calling thread does this to a lock. */
static always_inline void stops_look(enum stop_operation operation, uint64_t address, enum object_kind kind)
{
	if (unlikely(switches.n_stops))
		stops_look_through(operation, address, kind);
}

/* An empty function, for debuggers to stop in: number of the stop, and what is done to which object. */
void snag_on_lock(uint32_t number, uint64_t address, enum object_kind kind, enum stop_operation operation);

#endif
