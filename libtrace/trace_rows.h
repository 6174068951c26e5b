/* SPDX-License-Identifier: MIT */
/* The part of the trace file (trace_format.h) that is no records: rows of equal cells, of full recording and of contention. */
#ifndef SNAG_TRACE_ROWS_H
#define SNAG_TRACE_ROWS_H

#include <stdint.h>

/* ---- full recording: every operation -----------------------------------------------------------------------------
 *
 * A CHUNK_FULL is written by one thread at a time, in pieces: each begins with a FULL_OWNER record, and all that follows
 * up to the next one was done by that thread in this order.  Operations of different threads on one object are ordered by
 * `sequence`, which counts from 1:
 *   exclusive     ACQUIRE has the next number, RELEASE the number of the acquisition it ends
 *   shared        ACQUIRE (MODE_READ) has the number of the last exclusive acquisition before it
 *                 once: by who did not run the routine, when it has returned from it
 *   tokens        SIGNAL has the next number before anybody can be woken by it, WOKEN has the next one after it was woken
 * Recording ends for all threads at once: what is there has nothing missing before it.
 *
 * The same things happen again and again, so most records are short.  A thread has FULL_ENTRIES entries that both sides keep: an
 * entry stands for the object, the stack and the sequence of the last record that named it.  Of those in the pieces before,
 * no record makes use that the FULL_OWNER does not speak of.
 */
enum full_op {
	FULL_NONE,			/* reserved, not written: the thread's operations are known up to here only */
	FULL_OWNER,			/* object = thread, stack = number of the piece in the thread's life, from 0; sequence = segment;
					 * steps = of how many pieces just before it the entries are used, at least */
	FULL_SEGMENT,			/* sequence = the segment that begins */
	FULL_ACQUIRE,			/* also a recursive mutex, again */
	FULL_RELEASE,			/* also by another thread than its owner */
	FULL_SIGNAL,			/* condition variable, semaphore */
	FULL_WOKEN,			/* condition variable: woken, or the wait ended by itself; semaphore: got */
	FULL_END,			/* the thread has ended */
	FULL_RELEASE_NEWEST,		/* (FULL_AGAIN) RELEASE of what was last acquired of what is held */
	FULL_TIME,			/* object, stack = CLOCK_MONOTONIC in ns, low and high half: what follows is not older */
	FULL_OPS
};

enum full_flag {
	FULL_TRIED = 1,			/* ACQUIRE by a call that does not wait */
};

enum full_form {
	FULL_WHOLE,			/* all of it; the entry stays as it is */
	FULL_FIRST,			/* all of it, and the entry stands for it from now on */
	FULL_AGAIN,			/* the first 4 bytes: object and stack as in the entry, sequence `steps` after it */
	FULL_NESTED,			/* an exclusive ACQUIRE, FULL_AGAIN.  `op` is 1 more than how many locks the thread has given back
					 * after it and before its next record: each the newest that it held */
	FULL_FORMS
};

/* An entry's number has 16 bits: the upper ones are elsewhere (full_entry_number), and 0 where there is no room for them. */
enum {
	FULL_OP_MASK = 15,
	FULL_ENTRY_BITS = 12, FULL_ENTRY_MASK = (1 << FULL_ENTRY_BITS) - 1,
	FULL_ENTRIES = 1 << 16,
	FULL_STEP_BITS = 10,
};

struct full_record {
	uint32_t op : 4;		/* enum full_op */
	uint32_t mode : 2;		/* enum object_mode */
	uint32_t flags : 2;		/* enum full_flag */
	uint32_t form : 2;		/* enum full_form */
	uint32_t entry : FULL_ENTRY_BITS;
	uint32_t steps : FULL_STEP_BITS;
	uint32_t object;
	uint32_t stack;
	uint32_t sequence;
};

/* Where fields begin in the first word. */
enum {
	FULL_MODE_SHIFT = 4,
	FULL_FLAGS_SHIFT = 6,
	FULL_FORM_SHIFT = 8,
	FULL_ENTRY_SHIFT = 10,
	FULL_STEP_SHIFT = FULL_ENTRY_SHIFT + FULL_ENTRY_BITS,
};

static inline uint32_t full_record_size(enum full_form form)
{
	return form == FULL_AGAIN || form == FULL_NESTED ? 4 : sizeof(struct full_record);
}

static inline uint32_t full_entry_number(const struct full_record *record)
{
	uint32_t upper = 0;

	if (record->form == FULL_NESTED)
		upper = record->mode | (uint32_t)record->flags << 2;
	else if (record->form == FULL_FIRST)
		upper = record->steps & (FULL_ENTRIES - 1) >> FULL_ENTRY_BITS;
	return upper << FULL_ENTRY_BITS | record->entry;
}

/* ---- contention: what waiting for locks has cost -----------------------------------------------------------------
 *
 * A CHUNK_CONTENTION is a row of these.  Threads add to them as long as the program runs, when their waits are over. */
struct trace_contention {
	uint32_t object;		/* 0: any of those for which CAP_CONTENTION left no room */
	uint32_t stack;			/* where it was asked for, */
	uint32_t owner_stack;		/* and where the one who was in the way had taken it; 0 unknown */
	uint8_t mode, reserved[3];	/* enum object_mode: how it was wanted */
	uint64_t n;			/* waits that have ended */
	uint64_t total_ns;
	uint64_t longest_ns;
	uint32_t longest_thread;	/* who waited that long, */
	uint32_t longest_owner;		/* for whom, as far as is known: indexes of threads */
	uint64_t n_holds;		/* how often who had waited here has given it back, as far as that was timed, */
	uint64_t held_ns;		/* and how long it had been held then */
	uint64_t longest_held_ns;
};

_Static_assert(sizeof(struct full_record) == 16, "a full record is four words");
_Static_assert(sizeof(struct trace_contention) == 72, "contention is a row of cells");

#endif
