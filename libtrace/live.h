/* SPDX-License-Identifier: MIT */
/* Publishes what a thread holds and waits for, and finds the wait-for cycle that a wait closes.
 *
 * The thread's holds are its slot: taking a lock writes there and nowhere else, so publishing costs nothing extra.  Waits
 * are published only by a thread that has already failed to get what it wants at once.
 */
#ifndef SNAG_LIVE_H
#define SNAG_LIVE_H

#include "thread.h"

enum { MAX_HOLDS = (TRACE_CHUNK_SIZE - sizeof(struct chunk_header)) / sizeof(struct live_hold) };

/* What a thread is about to wait for. */
struct live_want {
	uint64_t address;
	enum object_kind kind;
	enum object_mode mode;
	uint32_t flags;			/* enum dep_flag */
	uint32_t stack;
	uint64_t aux;
};

/* The wait that a signal handler's wait interrupts. */
struct live_saved {
	bool was_waiting;
	struct live_want want;
};

/* Publishes a wait; when it closes a cycle that cannot open again, records it, rings the supervisor's bell and calls
 * snag_on_deadlock(). */
void live_wait_begin(struct thread *t, const struct live_want *want, struct live_saved *ret_saved);
void live_wait_end(struct thread *t, const struct live_saved *saved);

/* Calls the supervisor. */
void live_ring(void);

/* A free slot, or NULL (counted). */
struct live_slot *live_slot_new(uint32_t *ret_index);

/* Room for more holds than lie in the slot.  false: there is none, the hold is not kept (counted). */
bool live_holds_grow(struct thread *t);

/* The thread with this TID has this slot (+ 1; 0 for none) from now on. */
void live_set_tid(uint32_t tid, uint32_t slot_number);
uint32_t live_slot_of_tid(uint32_t tid);

/* Opens the supervisor's bell, if there is one in the session folder. */
void live_open_bell(void);

/* Forgets all slots, for a new trace file. */
void live_reset(void);

/* An empty function, for debuggers to stop in: a wait-for cycle has just closed. */
void snag_on_deadlock(void);

#endif
