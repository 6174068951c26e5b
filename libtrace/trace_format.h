/* SPDX-License-Identifier: MIT */
/* The trace file and the live table, byte for byte: the one contract between the shim and every reader.
 *
 *   offset 0       struct trace_header, TRACE_HEADER_SIZE bytes
 *   then           chunk 0, chunk 1, ... each TRACE_CHUNK_SIZE bytes
 *
 * A chunk opens with a struct chunk_header that says what is in it: records (struct record_header and a body each),
 * or slots of the live table.  Everything is native-endian, naturally aligned, and padded to 8 bytes.
 *
 * The file is written through a shared mapping while the program runs.  It has no end marker and needs none: a writer
 * fills bytes first and publishes `committed` (chunks) or `n_chunks` (header) afterwards with release order, so what a
 * reader can reach by those counts is whole, even after SIGKILL.  Records carry their thread, and definitions are
 * committed before anything refers to them; but several chunks are open at once, so a reader collects all definitions
 * (modules, stacks, threads, objects) before it follows a reference.
 *
 * Ids start at 1; 0 means "none" or "unknown".  Ids are dense in a whole file, and may be sparse in a cut one.
 *
 * Change rule: a reader refuses another TRACE_VERSION.  Adding a record type, or a field at the end of a record's fixed
 * part (readers go by sizes), does not raise it; any other change does.
 */
#ifndef SNAG_TRACE_FORMAT_H
#define SNAG_TRACE_FORMAT_H

#include "trace_rows.h"

#include <stdint.h>

#define TRACE_MAGIC "SNAG-TRC"
#define TRACE_SUFFIX ".snag"		/* PID.N.snag, N counts the images (exec) and reuses of one PID in a session */
#define TRACE_BELL_NAME "bell"		/* the supervisor's doorbell, struct trace_bell, in the session folder */

enum {
	TRACE_VERSION = 3,
	TRACE_HEADER_SIZE = 4096,
	TRACE_CHUNK_SIZE = 65536,
	TRACE_MAX_LIVE_CHUNKS = 256,	/* 127 slots each: 32,512 threads alive */
	TRACE_MAX_FRAMES = 256,		/* frames kept of one stack */
	TRACE_SLOT_SIZE = 512,
	TRACE_INLINE_HOLDS = 22,	/* holds that lie in the slot itself */
	TRACE_NAME_SIZE = 16,		/* a thread's name, with its NUL (as in the kernel) */
	TRACE_LOOP_WAIT_NS = 500000000,	/* an event loop that waits longer for a lock is told of */
};

/* What kind of thing a thread can hold or wait for. */
enum object_kind {
	OBJECT_NONE,
	OBJECT_MUTEX,
	OBJECT_RWLOCK,
	OBJECT_SPIN,
	OBJECT_COND,
	OBJECT_BARRIER,
	OBJECT_SEM,
	OBJECT_ONCE,
	OBJECT_THREAD,			/* "the end of this thread": what a join waits for; address = index of the thread */
	OBJECT_FILE_LOCK,
	OBJECT_FUTEX,			/* a wait whose owner nobody knows */
	OBJECT_GUARD,			/* the guard of a C++ static local */
	OBJECT_STREAM,			/* flockfile */
	OBJECT_LOADER,			/* the lock of the dynamic loader: held in dlopen() and dlclose() */
	OBJECT_VARIABLE,		/* one that is watched; wanted only, never held */
	OBJECT_KINDS
};

/* The address of an OBJECT_FILE_LOCK is made of what it is, and the same in all processes; no object in memory has one
 * like that.  OF_PROCESS: threads of one process do not stand in each other's way. */
#define TRACE_FILE_LOCK 0x8000000000000000u
#define TRACE_FILE_LOCK_OF_PROCESS 0x4000000000000000u

/* How an object is held or wanted. */
enum object_mode {
	MODE_WRITE,			/* exclusive: mutex, write lock, spin lock, a running once routine */
	MODE_READ,			/* shared: read lock */
	MODE_TOKEN,			/* waited for or provided, not held: condition, semaphore, barrier, join */
	MODES,
	MODE_MASK = 0x7f,
	MODE_INHERITED = 0x80,		/* in a live_hold: held by the forking thread when this process was born */
};

/* What the thread did with the object that a dependency names. */
enum dep_op {
	OP_ACQUIRE,			/* asked for it, and would have waited for ever */
	OP_WAIT,			/* waits to be woken: cond wait, sem wait, barrier, join */
	OP_SIGNAL,			/* can wake waiters: signal, broadcast, post */
	OP_ACCESS,			/* reads it (MODE_READ) or writes it (MODE_WRITE): an OBJECT_VARIABLE */
	OPS
};

enum dep_flag {
	DEP_TIMED = 1,			/* the wait ends by itself */
	DEP_REACQUIRE = 2,		/* the mutex of a condition wait, taken again */
	DEP_INHERITED = 4,		/* (holds) held by the forking thread when this process was born */
	DEP_MORE = 8,			/* it happened in later segments too, which are not recorded */
	DEP_UNHEARD = 64,		/* (signals of a condition variable) nobody waited for it */
	DEP_SPLITS = 32,		/* (signals and waits) the thread's next segment begins behind it */
	DEP_TRIED = 128,		/* a try that did succeed, of code that was seen to wait where a try had failed */
	DEP_BEHIND_WRITERS = 16,	/* a read that must wait while a writer waits (OBJECT_PREFER_WRITER) */
};

/* Attributes of an object, as the first operation found them. */
enum object_flag {
	OBJECT_RECURSIVE = 1,
	OBJECT_ERRORCHECK = 2,
	OBJECT_ADAPTIVE = 4,
	OBJECT_ROBUST = 8,
	OBJECT_PROCESS_SHARED = 16,
	OBJECT_PRIO_INHERIT = 32,
	OBJECT_PRIO_PROTECT = 64,
	OBJECT_PREFER_WRITER = 128,	/* rwlock: NONRECURSIVE writer preference */
	OBJECT_ON_STACK = 256,		/* lies in the stack of the thread that first used it */
};

/* Why something is not in the trace.  Counted in the header; a reader prints every count that is not 0. */
enum lost_reason {
	LOST_NO_SPACE,			/* disk full, file size limit, quota */
	LOST_NO_MEMORY,			/* address space or memory */
	LOST_SIGNAL,			/* an operation in a signal handler that interrupted the shim */
	LOST_FOREIGN,			/* an operation of a thread for which no state could be made */
	LOST_UNWIND,			/* a stack that could be taken only in part */
	LOST_CHILD,			/* a forked child that could not begin a trace of its own */
	LOST_AFTER_EXIT,		/* an operation after the program's end that found no room */
	LOST_UNREACHABLE,		/* the trace file could not be opened again to grow: another user, another root folder */
	LOST_UNWATCHED,			/* a program that was started with an environment without the shim */
	LOST_REASONS
};

/* Limits that were met: from there on facts of that kind were counted, not kept. */
enum trace_cap {
	CAP_DEPS_PER_CONTEXT,		/* instances of one pair of call sites */
	CAP_CONTEXTS,			/* distinct call contexts */
	CAP_OBJECTS,
	CAP_THREADS,			/* threads alive at once */
	CAP_HOLDS,			/* locks held at once by one thread */
	CAP_FILE,			/* size of the trace file */
	CAP_THREADS_PER_SITE,		/* threads created at one place: more are recorded only if they do something new */
	CAP_INITS_PER_SITE,		/* locks initialised at one place: of more it is not known that it was there */
	CAP_FULL,			/* the budget of full recording: 1 when it was used up */
	CAP_CONTENTION,			/* locks that were waited for: of more than that only the places are kept */
	TRACE_CAPS
};

enum trace_flag {
	TRACE_FORKED = 1,		/* begun in a forked child, not by exec */
	TRACE_ENDED = 2,		/* the program's destructors ran: it was not killed */
	TRACE_STOPPED = 4,		/* recording stopped early; lost[] says why */
};

enum trace_mode { TRACE_LIGHT, TRACE_FULL };

struct trace_header {
	char magic[8];
	uint32_t version;
	uint32_t byte_order;		/* 0x01020304 as the writer stored it */
	uint32_t header_size, chunk_size, slot_size;
	uint32_t machine;		/* ELF e_machine */
	uint32_t pid, ppid;
	uint64_t start_realtime_ns;	/* CLOCK_REALTIME when this trace began */
	uint64_t start_monotonic_ns;	/* CLOCK_MONOTONIC at the same moment; waits are in this clock */
	uint64_t end_monotonic_ns;	/* 0 until TRACE_ENDED */
	uint32_t mode;			/* enum trace_mode */
	uint32_t flags;			/* enum trace_flag */
	uint32_t n_chunks;		/* chunks handed out; top bit TRACE_CLOSED: no more will be */
	uint32_t n_deadlocks;		/* cycles that closed, each described by RECORD_STUCK records */
	uint32_t n_threads;		/* threads seen so far */
	uint32_t module_epoch;		/* raised whenever a module is unloaded */
	uint64_t lost[16];		/* by enum lost_reason */
	uint64_t caps[16];		/* by enum trace_cap */
	uint32_t n_live_chunks;
	uint32_t live_chunk[TRACE_MAX_LIVE_CHUNKS];	/* chunk numbers that hold live slots, in order */
	uint32_t n_meetings;		/* how often all parts of a schedule have come together (STEER_MEETING) */
};

#define TRACE_CLOSED 0x80000000u

enum chunk_kind { CHUNK_FREE, CHUNK_RECORDS, CHUNK_LIVE, CHUNK_HOLDS, CHUNK_FULL, CHUNK_CONTENTION };

struct chunk_header {
	uint32_t kind;			/* enum chunk_kind */
	uint32_t committed;		/* RECORDS, FULL, CONTENTION: bytes of whole records after this header */
	uint64_t reserved;
};

/* ---- the live table: who holds and wants what, now -------------------------------------------------------------- */

enum slot_state {
	SLOT_FREE,
	SLOT_ALIVE,
	SLOT_ENDED,			/* the thread has ended while it held something; the holds are still here */
};

enum slot_flag {
	SLOT_DETACHED = 1,
	SLOT_GATED = 2,			/* held at a gate, so that others come first (steer.h) */
	SLOT_LOOP = 4,			/* an event loop: it asks again and again for several descriptors at once */
};

/* A lock that its owner has taken again (a recursive mutex) is there again. */
struct live_hold {
	uint64_t address;
	uint32_t stack;			/* stack id: where it was taken */
	uint8_t kind;			/* enum object_kind */
	uint8_t mode;			/* enum object_mode, perhaps with MODE_INHERITED */
	uint16_t timed;			/* the shim's own (contention.h); 0: it was to be had at once */
};

/* One thread, written by that thread alone.  want_* are valid while `epoch` is odd: a thread raises it to odd after it
 * has filled want_*, and to even when its wait is over.  A reader that sees the same odd epoch before and after has
 * read one wait.  The newest hold may be caught half-written. */
struct live_slot {
	uint32_t state;			/* enum slot_state */
	uint32_t thread;		/* index of the thread, as in its RECORD_THREAD */
	uint32_t tid;
	uint32_t epoch;
	uint64_t want_address;
	uint8_t want_kind, want_mode, want_flags, want_reserved;
	uint32_t want_stack;
	uint64_t want_since_ns;		/* CLOCK_MONOTONIC */
	uint64_t want_aux;		/* cond wait: the mutex that was released for it */
	uint32_t n_holds;
	uint32_t holds_capacity;
	uint64_t holds_offset;		/* in the file: inline_holds of this slot, or a place in a CHUNK_HOLDS chunk */
	char name[TRACE_NAME_SIZE];
	uint64_t start_routine;		/* 0 for the main thread and for threads that were not seen to start */
	uint64_t stack_base;		/* highest address of its stack, as far as known */
	uint64_t pthread;		/* pthread_self() */
	uint32_t parent;		/* index of the thread that created it */
	uint32_t create_stack;
	uint32_t joiner;		/* index of a thread that waits for this one's end */
	uint32_t segment;
	uint32_t want_owner;		/* a hint: slot number + 1 of the owner, as the waiter saw it */
	uint32_t flags;			/* enum slot_flag */
	uint64_t shim_lock, reserved;	/* shim_lock: one of the shim's own that it has or is about to take; 0 none */
	struct live_hold no_hold, inline_holds[TRACE_INLINE_HOLDS]; /* no_hold: at no object's address, 1 */
};

/* ---- records ---------------------------------------------------------------------------------------------------- */

enum record_type {
	RECORD_NONE,
	RECORD_PROCESS,
	RECORD_MODULE,
	RECORD_MODULE_GONE,
	RECORD_STACK,
	RECORD_OBJECT,
	RECORD_THREAD,
	RECORD_THREAD_NAME,
	RECORD_THREAD_END,
	RECORD_EDGE,
	RECORD_DEP,
	RECORD_STUCK,
	RECORD_EVENT,
	RECORD_OBJECT_END,
	RECORD_FILE,
	RECORD_FORK,
	RECORD_SIGNALS,
	RECORD_LOCK_NAME,
	RECORD_LOCK_ORDER,
	RECORD_STEER,
	RECORD_TYPES
};

struct record_header {
	uint16_t type;			/* enum record_type */
	uint16_t units;			/* length of the whole record, in units of 8 bytes */
	uint32_t thread;		/* index of the thread that wrote it; 0 for the shim itself */
};

/* exe and argv, each with its NUL, follow. */
struct record_process {
	struct record_header h;
	uint32_t argc;			/* strings after the first, which is the executable's path */
	uint32_t text_size;		/* bytes of all strings; argv is cut at 32 KiB */
};

/* The process was born in a fork by a thread of another trace: what that thread did in segments <= parent_segment came before
 * everything here. */
struct record_fork {
	struct record_header h;
	uint32_t parent_pid;
	uint32_t parent_thread, parent_segment;
	uint32_t reserved;
	uint64_t parent_start_ns;	/* start_monotonic_ns of the parent's trace */
};

/* A loaded ELF file: [start, end) of its load segments, `bias` to add to its addresses.  The build id's bytes and then
 * the path with its NUL follow. */
struct record_module {
	struct record_header h;
	uint32_t id;
	uint32_t epoch;			/* module_epoch when it was first seen */
	uint64_t bias, start, end;
	uint32_t build_id_size;
	uint32_t path_size;
};

struct record_module_gone {
	struct record_header h;
	uint32_t id;
	uint32_t epoch;			/* module_epoch after it went: stacks with this epoch or a later one do not lie in it */
};

/* Return addresses, innermost first; pc[0] is where the wrapped function was called.  A pc belongs to the module that
 * covers it and was loaded at `epoch`. */
struct record_stack {
	struct record_header h;
	uint32_t id;
	uint32_t epoch;
	uint32_t n;
	uint32_t is_cut;		/* there were more frames, or the unwinder gave up */
	uint64_t pc[];
};

/* A stack leads through a signal handler, or signals could interrupt the thread there.  There may be several for one stack:
 * it was so at one time or another. */
struct record_signals {
	struct record_header h;
	uint32_t stack;
	uint32_t n_in_handler;		/* so many innermost frames are those of a handler; 0: none is */
	uint8_t signal, is_own_signal;	/* the handler's; the thread sent it to itself */
	uint16_t reserved;
	uint32_t reserved2;
	uint64_t open_signals;		/* those that have a handler and were not blocked: bit N - 1 for signal N */
};

/* A lock (or another thing waited for) is (address, generation).  Written when it first matters. */
struct record_object {
	struct record_header h;
	uint32_t id;
	uint8_t kind, reserved;
	uint16_t generation;
	uint64_t address;
	uint32_t flags;			/* enum object_flag */
	uint32_t create_stack;		/* where it was initialised; 0 when that was not seen */
	uint32_t first_stack;		/* where it was first used */
	uint32_t owner_thread;		/* OBJECT_ON_STACK: in whose stack */
	uint32_t ordinal;		/* as the how manieth it was initialised there, or else first used there; 0 unknown */
	uint32_t reserved2;
};

/* The object is in this file for all processes: (device, inode, offset, size) and kind say which it is, whatever its address
 * and id in their traces.  The path with its NUL follows. */
struct record_file {
	struct record_header h;
	uint32_t object;
	uint32_t path_size;
	uint64_t device, inode;		/* as /proc/PID/maps has them; OBJECT_FILE_LOCK: as stat() has them */
	uint64_t offset, size;		/* where it begins; OBJECT_FILE_LOCK: the bytes that are locked, size 0 to the end */
};

struct record_object_end {
	struct record_header h;
	uint32_t id;
	uint32_t stack;			/* where it was destroyed */
};

/* What the program calls a lock.  The name with its NUL follows. */
struct record_lock_name {
	struct record_header h;
	uint64_t address;
	uint32_t generation, name_size;	/* generation: of the object that is there, or comes to be known there */
};

/* The program says that whoever takes both locks takes the first one first. */
struct record_lock_order {
	struct record_header h;
	uint64_t first, second;		/* addresses */
	uint32_t first_generation, second_generation;
	uint32_t stack, reserved;
};

/* A thread begins (CAP_THREADS_PER_SITE: or is about to do something that none of its kind did).  What its parent did in segments <= parent_segment came before everything this thread does. */
struct record_thread {
	struct record_header h;		/* h.thread = the new thread's index */
	uint32_t tid;
	uint32_t parent;
	uint32_t parent_segment;
	uint32_t create_stack;
	uint64_t start_routine;
	uint64_t pthread;
	uint64_t time_ns;		/* CLOCK_MONOTONIC */
};

struct record_thread_name {
	struct record_header h;
	char name[TRACE_NAME_SIZE];
};

struct record_thread_end {
	struct record_header h;
	uint32_t segment;
	uint32_t n_holds;		/* locks still held */
	uint64_t time_ns;
};

enum edge_kind { EDGE_JOIN = 1, EDGE_BARRIER, EDGE_ONCE, EDGE_LEFT, EDGE_WOKEN };

/* All of from_thread up to from_segment came before to_thread's to_segment and later ones, in every run.  EDGE_BARRIER:
 * from_thread = to_thread took part in this round, and all parties' from_segments came before all their to_segments.
 * EDGE_LEFT: who made a semaphore and took it at once gave it back behind from_segment; to_thread was the next to take it.
 * EDGE_WOKEN: in this run only; to_thread slept at `object`, a bare futex, and from_thread woke it behind from_segment. */
struct record_edge {
	struct record_header h;
	uint32_t kind;			/* enum edge_kind */
	uint32_t from_thread, from_segment;
	uint32_t to_thread, to_segment;
	uint32_t object;
	uint32_t round, reserved;	/* round: of EDGE_BARRIER, from 1 */
};

struct record_held {
	uint32_t object;
	uint32_t stack;			/* where it was taken */
	uint8_t mode, flags;		/* enum object_mode, enum dep_flag */
	uint16_t reserved;
};

/* While it held held[], in this order of taking, thread h.thread did `op` to `object` at `stack`.  Written once for each
 * distinct (thread, segment, op, object, stack, held) */
struct record_dep {
	struct record_header h;
	uint32_t object;
	uint32_t stack;
	uint32_t segment;
	uint8_t op, mode, flags, reserved;	/* enum dep_op, enum object_mode, enum dep_flag */
	uint32_t n_held;
	uint32_t aux;			/* OP_WAIT on a condition: object id of its mutex */
	struct record_held held[];
};

/* One thread's part of a wait-for cycle that closed: it waits for `object`, which the thread of the next position holds
 * (or is, for OBJECT_THREAD).  `of` records with the same deadlock number make the cycle. */
struct record_stuck {
	struct record_header h;		/* h.thread = the thread that is stuck */
	uint32_t deadlock;		/* from 1 */
	uint32_t position, of;
	uint32_t object;
	uint32_t stack;
	uint8_t kind, mode, flags, reserved;
	uint64_t since_ns;
	uint32_t n_held, reserved2;
	struct record_held held[];
};

/* A misuse that was seen, whatever comes of it. */
enum event_kind {
	EVENT_UNLOCK_NOT_OWNER = 1,	/* other = the owner's thread index, 0 if none */
	EVENT_DESTROY_HELD,		/* other = the holder */
	EVENT_EXIT_HELD,		/* a thread ended with the object held */
	EVENT_FORK_HELD,		/* (child) held at the fork by thread `other` of the parent; stack = the call of fork() */
	EVENT_HANDOFF,			/* a semaphore that looked like a lock was posted by one that had not waited */
	EVENT_ABANDONED,		/* the process ended, and thread `other` held what processes share */
	EVENT_NOT_RECOVERABLE,		/* a robust mutex refused to be taken: its owner had died, and nobody mended it */
	EVENT_HELD_ACROSS,		/* the thread held the object across a call that blocked for long */
	EVENT_LOOP_WAITED,		/* an event loop waited TRACE_LOOP_WAIT_NS or longer: other = who had it then, or 0 */
	EVENT_KINDS
};

struct record_event {
	struct record_header h;
	uint32_t kind;			/* enum event_kind */
	uint32_t object;
	uint32_t stack;
	uint32_t other;
	uint32_t segment;
	uint32_t held_stack;		/* where the object was taken */
};

/* What came of steering: the shim was given a schedule (steer.h), whose parts are to meet. */
enum steer_act {
	STEER_CAME = 1,			/* the thread has come to where `part` is, and waits for the others */
	STEER_MEETING,			/* it was the last: now all go on */
	STEER_IN_VAIN,			/* nobody else could move, so it had to go on: `other` waits for `object`, which this
					 * thread has (0: for something else) */
	STEER_LATE,			/* it went on because the others had not come in time */
	STEER_ACTS
};

struct record_steer {
	struct record_header h;
	uint32_t act;			/* enum steer_act */
	uint32_t part;			/* of the schedule, from 0 */
	uint32_t object;
	uint32_t other, other_stack;	/* a thread, and where it waits, ... */
	uint32_t other_kind;		/* ... for what: enum object_kind */
};

/* The supervisor maps this file and sleeps on `rings` (a shared futex); the shim raises it and wakes. */
struct trace_bell {
	uint32_t rings;
	uint32_t reserved[15];
};

_Static_assert(sizeof(struct live_slot) == TRACE_SLOT_SIZE, "slots tile a chunk");
_Static_assert(sizeof(struct live_hold) == 16, "a hold is two words");
_Static_assert(sizeof(struct chunk_header) == 16, "records stay aligned");
_Static_assert(sizeof(struct trace_header) <= TRACE_HEADER_SIZE, "the header fits its page");

/* Slot i of a live chunk lies at (i + 1) * TRACE_SLOT_SIZE, so that slots keep to their own cache lines. */
enum { TRACE_SLOTS_PER_CHUNK = TRACE_CHUNK_SIZE / TRACE_SLOT_SIZE - 1 };

#endif
