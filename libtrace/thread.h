/* SPDX-License-Identifier: MIT */
/* One thread's state: its guard, its slot in the live table, its caches.  (Whose it is, and when: life.h.)
 *
 * The guard is a pointer.  thread_active is the thread's state while the shim may record, and NULL while it
 * may not: before the constructor, inside the shim (a signal handler that interrupted it sees NULL), after the thread's
 * end.  A hook on its hot path only looks; cold paths take the pointer away with thread_enter() and hand it back with
 * thread_leave(), and every function that touches shared state asks for the pointer as a proof.
 */
#ifndef SNAG_THREAD_H
#define SNAG_THREAD_H

#include "compiler.h"
#include "trace_format.h"

#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
	CONTEXT_CACHE = 256,		/* call contexts a thread finds at once, ... */
	CALLER_SETS = 64, CALLER_WAYS = 4,	/* ... and others that share a place with one of them */
	CONTEXT_WORDS = 6,
	SEEN_BITS = 15,			/* dependencies a thread may know to be recorded, ... */
	SEEN_CACHE = 1 << SEEN_BITS,
	SEEN_FIRST = 512,		/* ... and those for which it has room at first: a page */
	SEEN_WAYS = 8,			/* in sets of one cache line */
	TIMED_HOLDS = 8,
};

/* A call context: a place in the program together with who called it.  It is known by the return address of the wrapped
 * call, by the depth of the stack there, and by words above, which held the next return addresses then and must hold them
 * again: those of two callers, beside small functions, perhaps wrappers (my_lock, std::mutex::lock).  So the
 * callers of a wrapper are told apart without an unwinder.  Hash and sum are of 64 bits: two contexts that agree in both are
 * not met. */
struct context {
	uint64_t hash;			/* of the return address and the depth; 0: free */
	uint64_t sum;			/* of the words */
	int16_t word[CONTEXT_WORDS];	/* which 8-byte words above the caller's frame; word[2] is 0: there are but two */
	uint32_t stack;			/* stack id */
};

/* Who created a thread, when and where. */
struct thread_birth {
	uint32_t parent, segment, stack;
};

/* Where a thread was when its stack was last asked for: in which context, and the frame of the wrapped call.  Other threads
 * read it, and believe it only as far as the stack bears it out. */
struct thread_here {
	uint64_t hash, sum;		/* of the context */
	uintptr_t frame;
};

/* Full recording (full.h): what the entry of this number in the trace stands for, ... */
struct full_entry {
	uint64_t key;			/* of the object's address and era (objects.h), and the stack; 0: free */
	uint32_t *sequence;		/* of the object, */
	uint32_t last;			/* and what it was in the last record */
	uint32_t id;
	uint32_t nested;		/* the FULL_NESTED record with 0 steps */
};

/* ... and where the thread writes. */
struct full_stream {
	struct chunk_header *chunk;
	struct chunk_header *busy_in;	/* a record is being written there: a signal handler leaves it and the entries alone */
	struct chunk_header *interrupted; /* where one was written when a handler left it: with room perhaps */
	struct full_entry *entries;
	uint64_t entry_mask;		/* of their offsets: the last one's */
	uint32_t stamp_at;		/* when the chunk has so many bytes, the time is to be written first */
	uint32_t agreed_from;		/* of the locks held, the ones from here on are the newest of which the records know, in this
					 * order */
	uint32_t *nested;		/* the last FULL_NESTED record */
	uint32_t n_pieces;		/* 0: it has not written anything */
	uint32_t n_filling;		/* how many of them have filled the entries, */
	uint32_t n_first, n_replaced;	/* with so many records, of which so many took the place of others */
};

/* A call that tried in vain. */
struct thread_try {
	uintptr_t address;		/* of the lock; 0 there was none */
	uintptr_t pc, frame;
	uint32_t stack;			/* not 0: it was not really tried, and the wait that follows is done in its name */
	bool is_first;			/* that it was tried in vain, and not waited for then, would be news of it */
};

/* A lock that the thread has got by waiting: since when it has it, and what that is counted in (contention.h). */
struct thread_timed {
	uintptr_t address;
	struct trace_contention *cell;
	uint64_t since_ns;
};

struct thread {
	struct live_slot *slot;
	struct live_hold *holds;	/* slot->holds_offset, as a pointer */
	uint64_t *chain;		/* chain[i] stands for holds[0 .. i): their locks, order and stacks, and for this thread
					 * in this segment */
	struct record_held *scratch;	/* as many as there may be holds, and one more */
	uintptr_t stack_base;
	size_t stack_size;
	struct thread_try in_vain;	/* the last sem_trywait() that failed, until the next call that takes a semaphore */
	uintptr_t made;			/* its first semaphore, until it takes one, makes another or begins a segment */
	struct thread_here here;
	uint32_t index;			/* in the trace */
	uint32_t serial;		/* of its birth */
	uint32_t segment;
	uint32_t slot_index;
	uint32_t n_end_rounds;
	uint32_t n_rounds;		/* of barriers */
	uint32_t n_exchanges;		/* signals and waits that began a segment */
	uint32_t n_hand_overs;		/* segments begun as it woke others from a bare futex, or was woken there */
	uint64_t woken_by;		/* who last woke others where it sleeps: index << 32 | the segment that was over */
	uint32_t n_polls;		/* how often it asked for several descriptors at once, as far as that is counted */
	uint32_t n_ignores;		/* snag_ignore_begin() that have not ended */
	int saved_errno;
	struct thread *next_free;
	struct thread *next_state;	/* all states ever made */
	void *(*start)(void *);
	void *argument;
	struct thread_birth birth;
	bool is_recorded;		/* its birth is in the trace */
	bool has_made;			/* a semaphore, since it began */
	uint32_t exit_stack;		/* where it called pthread_exit */
	uint64_t inline_chain[TRACE_INLINE_HOLDS + 1];
	struct record_held inline_scratch[TRACE_INLINE_HOLDS + 1];
	bool has_callers;		/* there is something in `callers` */
	struct context contexts[CONTEXT_CACHE] __attribute__((aligned(64)));
	struct context callers[CALLER_SETS][CALLER_WAYS];
	uint64_t filled[CONTEXT_CACHE / 64];	/* there may be something in these places of `contexts` */
	uint64_t seen_mask;		/* how much of `seen` is in use, less 1 */
	uint32_t n_crowded;		/* that found their first place in `seen` taken, since it last grew */
	bool is_to_look;		/* some lock was released by another than its owner: it looks through its holds */
	uint64_t seen[SEEN_CACHE] __attribute__((aligned(64)));
	struct full_stream full __attribute__((aligned(64)));
	uint32_t n_timed;
	struct thread_timed timed[TIMED_HOLDS];	/* the last ones: a live_hold has the number of its own, + 1 */
};

/* Where a dependency is looked for first: by the uppermost bits of its key. */
static always_inline uint64_t *thread_seen(struct thread *t, uint64_t key)
{
	return &t->seen[key >> (64 - SEEN_BITS) & t->seen_mask];
}

/* The set that it is in, where it is looked for next by the lowest bits, and then everywhere. */
static always_inline uint64_t *thread_seen_set(struct thread *t, uint64_t key)
{
	return &t->seen[key >> (64 - SEEN_BITS) & t->seen_mask & -SEEN_WAYS];
}

/* What the hot path needs of it, where it is found with the fewest loads. */
struct thread_hot {
	struct thread *active;
	struct live_slot *slot;		/* what follows is as in *active, while that is not NULL */
	struct live_hold *holds;
	uint64_t *chain;
	uintptr_t stack_base;
	uint32_t tid;
	uint32_t n_locks;		/* of the shim's own that the thread has, or waits for (lock.h) */
	bool are_signals_blocked;	/* until it has none of them */
} __attribute__((aligned(64)));

extern __thread struct thread_hot thread_hot __attribute__((tls_model("initial-exec"), visibility("hidden")));
#define thread_active thread_hot.active

/* Closes the guard and opens it again; keeps errno for the program. */
static inline void thread_enter(struct thread *t)
{
	thread_active = NULL;
	t->saved_errno = errno;
}

static inline void thread_open(struct thread *t)
{
	thread_hot.slot = t->slot;
	thread_hot.holds = t->holds;
	thread_hot.chain = t->chain;
	thread_hot.stack_base = t->stack_base;
	thread_hot.tid = t->slot->tid;
	__asm__ volatile("" ::: "memory");
	thread_active = t;
}

static inline void thread_leave(struct thread *t)
{
	errno = t->saved_errno;
	thread_open(t);
}

/* A state that no thread has: a used one, or a new one.  NULL: no memory. */
struct thread *thread_state_new(void);
void thread_state_free(struct thread *t);

/* All states ever made, newest first, by next_state. */
struct thread *threads_all(void);

/* In a forked child: all states but this one are free, and none has a slot in the new trace. */
void thread_states_reset(struct thread *t);

#endif
