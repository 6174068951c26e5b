/* SPDX-License-Identifier: MIT */
/* What a debugger asks of a running shim: to stop a thread for what it does to a lock.
 *
 * It writes into the variable snag_switches of libtrace.so, while the program is stopped, and has a breakpoint in the function
 * snag_on_lock(number of the stop, address, kind, operation).  That is empty, and called by the thread that does what is
 * asked for; no other one comes to it.
 */
#ifndef SNAG_SWITCHES_H
#define SNAG_SWITCHES_H

#include "trace_format.h"

enum { TRACE_MAX_STOPS = 16 };

enum stop_operation {
	STOP_ACQUIRED = 1,		/* the thread has just got it */
	STOP_RELEASING = 2,		/* ... is about to give it back */
	STOP_WAITING = 4,		/* ... could not have it at once, and is about to wait */
};

struct trace_stop {
	uint64_t start, end;		/* where the locks lie: [start, end) */
	uint32_t operations;		/* enum stop_operation, or'ed; 0: not in use */
	uint32_t tid;			/* 0: any thread */
	char thread[TRACE_NAME_SIZE];	/* "": a thread of any name */
};

struct trace_switches {
	int32_t plain_kind;		/* __kind of mutexes that are taken without a look at anything here, -1: of none */
	int32_t plain_kind_seen;	/* ... that are taken without libc: while all is recorded, or there are stops, this one
					 * has the value, and that one -1 */
	union {
		struct {
			uint8_t records_all;	/* the shim's own: full recording is on */
			uint8_t n_stops;	/* the debugger's: how many of stop[] are looked at */
			uint8_t steers;		/* the shim's own: threads are steered */
		};
		uint32_t is_seen;
	};
	uint8_t plain_semaphores;	/* are semaphores taken and given back without libc? */
	uint8_t plain_rwlocks;		/* ... and read-write locks, by readers? */
	uint8_t reserved[2];
	struct trace_stop stop[TRACE_MAX_STOPS];
};

#endif
