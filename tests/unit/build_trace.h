/* SPDX-License-Identifier: MIT */
/* Makes trace files by hand: what the shim would have written, one call a record.
 *
 * Ids count from 1 in the order of the calls.  A trace begins with one thread, main, which is number 1.
 */
#ifndef SNAG_BUILD_TRACE_H
#define SNAG_BUILD_TRACE_H

#include "libtrace/trace_format.h"

#include <stddef.h>

enum { MAIN_THREAD = 1, TRACE_MOST_WRITERS = 16 };	/* threads with operations */

struct trace {
	unsigned char *bytes;		/* the file */
	size_t size;
	uint32_t chunk;			/* that records go to; UINT32_MAX none yet */
	uint32_t full_chunk;		/* that operations go to, */
	uint32_t full_thread;		/* and who wrote the last one there; 0 nobody */
	uint32_t n_pieces[TRACE_MOST_WRITERS];	/* by thread */
	uint32_t n_modules, n_stacks, n_objects, n_threads, n_deadlocks, n_slots;
};

struct trace *trace_new(uint32_t pid);
void trace_free(struct trace *trace);

/* Writes the file; 0, or -1 with errno set. */
int trace_write(const struct trace *trace, int fd);

struct trace_header *trace_header(struct trace *trace);

void trace_process(struct trace *trace, const char *exe, uint32_t argc, const char *const *argv);
uint32_t trace_module(struct trace *trace, const char *path, uint64_t start, uint64_t end);
uint32_t trace_stack(struct trace *trace, uint32_t n, const uint64_t *pcs);
void trace_signals(struct trace *trace, struct record_signals signals);	/* its header is filled in */
uint32_t trace_object(struct trace *trace, enum object_kind kind, uint64_t address, uint32_t flags);
void trace_object_end(struct trace *trace, uint32_t object);
void trace_file(struct trace *trace, uint32_t object, const char *path, uint64_t offset);	/* inode 7 of device 1 */
void trace_lock_name(struct trace *trace, uint32_t object, const char *name);
void trace_lock_order(struct trace *trace, uint32_t first, uint32_t second);
void trace_fork(struct trace *trace, const struct trace_header *parent, uint32_t thread, uint32_t segment);
uint32_t trace_mutex(struct trace *trace);	/* one more mutex, at an address of its own */
uint32_t trace_mutex_first_used(struct trace *trace, uint32_t stack);	/* by which other runs know it, too */
uint32_t trace_rwlock(struct trace *trace);
uint32_t trace_end_of(struct trace *trace, uint32_t thread);	/* the object that a join of the thread waits for */
uint32_t trace_thread(struct trace *trace, uint32_t parent, uint32_t parent_segment);
void trace_thread_name(struct trace *trace, uint32_t thread, const char *name);
void trace_thread_end(struct trace *trace, uint32_t thread, uint32_t segment);
void trace_edge(struct trace *trace, enum edge_kind kind, uint32_t from, uint32_t from_segment, uint32_t to,
		uint32_t to_segment);
void trace_woken(struct trace *trace, uint32_t futex, uint32_t from, uint32_t from_segment, uint32_t to,
		 uint32_t to_segment);
void trace_barrier(struct trace *trace, uint32_t object, uint32_t round, uint32_t thread, uint32_t from_segment);
void trace_steer(struct trace *trace, enum steer_act act, uint32_t thread, uint32_t part, uint32_t object);
void trace_event(struct trace *trace, enum event_kind kind, uint32_t thread, uint32_t object, uint32_t other);

/* An operation of a full recording, which the trace is from now on.  Of threads in turns: a piece for each turn. */
struct full_record *trace_operation(struct trace *trace, uint32_t thread, struct full_record operation);

/* What waiting for a lock has cost, in a chunk of its own. */
void trace_contention(struct trace *trace, struct trace_contention cell);

/* Places in the code: a stack of one frame, the same for the same number. */
uint32_t trace_site(struct trace *trace, uint32_t number);

/* Something that is wanted while other things are held. */
struct trace_want {
	uint32_t thread, segment;
	enum dep_op op;
	uint32_t object;
	uint32_t aux;			/* of a dependency on a condition variable: its mutex */
	enum object_kind kind;		/* of a wait; dependencies have it from the object */
	enum object_mode mode;
	uint32_t flags, stack;
	uint32_t n_held;
	const struct record_held *held;
	uint64_t since_ns;		/* of a wait */
};

void trace_dep(struct trace *trace, const struct trace_want *want);

/* The `n` threads of a cycle that closed, each waiting for what the next holds. */
void trace_stuck(struct trace *trace, const struct trace_want *wants, uint32_t n);

/* A slot of the live table for a thread that holds these.  Pointers into a trace are valid until something is added. */
struct live_slot *trace_slot(struct trace *trace, uint32_t thread, enum slot_state state, uint32_t n_held,
			     const struct live_hold *held);

/* It waits, since some time. */
void trace_slot_waits(struct live_slot *slot, enum object_kind kind, uint64_t address, enum object_mode mode,
		      uint32_t flags);

/* The address of a lock made by trace_mutex() or trace_rwlock(). */
uint64_t trace_address(uint32_t object);

#endif
