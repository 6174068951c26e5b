/* SPDX-License-Identifier: MIT */
/* What one trace says, checked: plain arrays of facts, indexed by the ids of the trace.
 *
 * The reader (reader.c) fills a model and guarantees, whatever bytes it was given: every index below is either 0 or
 * inside its array, every length is inside its owner, every string ends.  Code above this room never checks again.
 * A model of a live process or a core (tools/inspect) has the same form with the live part filled.
 */
#ifndef SNAG_MODEL_H
#define SNAG_MODEL_H

#include "libtrace/trace_format.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct module {
	uint32_t id;			/* 0: not defined in the trace */
	uint32_t epoch, gone_epoch;	/* loaded at epoch; not there from gone_epoch on (UINT32_MAX: never unloaded) */
	uint64_t bias, start, end;
	const unsigned char *build_id;
	uint32_t build_id_size;
	const char *path;
};

struct stack {
	const uint64_t *pc;		/* innermost first; NULL when n is 0 */
	uint32_t n;
	uint32_t epoch;
	bool is_cut;
	uint8_t signal;			/* the innermost n_in_handler frames, not 0, are those of this signal's handler; or 0 */
	bool is_own_signal;		/* ... which the thread sent to itself */
	uint32_t n_in_handler;
	uint64_t open_signals;		/* those that have a handler and were not blocked: bit N - 1 for signal N */
};

/* Where an object is that processes share: it is the same one in traces that agree in device, inode, offset and size. */
struct file_place {
	uint64_t device, inode;
	uint64_t offset, size;		/* OBJECT_FILE_LOCK: the bytes that are locked, size 0 to the end; else size is 0 */
	const char *path;		/* "" unknown */
};

struct object {
	uint32_t id;			/* 0: not defined in the trace */
	enum object_kind kind;
	uint32_t generation;
	uint64_t address;
	uint32_t flags;			/* enum object_flag */
	uint32_t create_stack, first_stack;	/* into stacks, 0 unknown */
	uint32_t ordinal;		/* as the how manieth it was initialised there, or else first used there; 0 unknown */
	uint32_t owner_thread;
	bool is_ended;
	uint32_t end_stack;
	const struct file_place *file;	/* NULL: of this process only, as far as is known */
	const char *name;		/* that the program has given it; NULL none */
};

/* The program has said that one lock is taken before another. */
struct declared_order {
	uint32_t thread;		/* which has said so */
	uint32_t first, second;		/* into objects */
	uint32_t stack;
};

struct thread {
	uint32_t index;			/* 0: not defined in the trace */
	uint32_t tid;
	uint32_t parent, parent_segment;
	uint32_t create_stack;
	uint64_t start_routine;		/* 0: main, or not seen to start */
	uint64_t pthread;
	char name[TRACE_NAME_SIZE];	/* "" unknown */
	bool is_ended;
	uint32_t end_segment, end_holds;
};

struct held {
	uint32_t object;
	uint32_t stack;
	enum object_mode mode;
	uint32_t flags;			/* enum dep_flag */
};

struct dep {
	uint32_t thread, segment;
	enum dep_op op;
	uint32_t object;
	enum object_mode mode;
	uint32_t flags;			/* enum dep_flag */
	uint32_t stack;
	uint32_t aux;			/* OP_WAIT on a condition: its mutex */
	uint32_t n_held;
	const struct held *held;	/* oldest first */
};

struct edge {
	enum edge_kind kind;
	uint32_t from_thread, from_segment, to_thread, to_segment;
	uint32_t object;
	uint32_t round;			/* EDGE_BARRIER: of this barrier, from 1 */
};

/* One thread of a cycle that closed, or of the live table: what it waits for and what it holds. */
struct wait {
	uint32_t thread;
	uint32_t object;		/* 0 with an address in the live part when the trace has no object for it */
	enum object_kind kind;
	enum object_mode mode;
	uint32_t flags;
	uint32_t stack;
	uint64_t since_ns;
	uint32_t n_held;
	const struct held *held;
};

struct deadlock {
	uint32_t n;			/* parts, in order: each waits for what the next one holds (or is) */
	const struct wait *parts;
};

/* Full recording: one thing that a thread did (trace_format.h says how those of different threads are ordered). */
struct operation {
	uint8_t op, mode, flags;	/* enum full_op, enum object_mode, enum full_flag */
	uint32_t object;
	uint32_t stack;
	uint32_t sequence;		/* FULL_SEGMENT: the segment */
};

/* What waiting for a lock at one place, while it was held from another, has cost.  Waits inside glibc (the mutex of a
 * condition wait, taken again) are not among them. */
struct contention {
	uint32_t object;		/* 0: several, of which only the places are known */
	enum object_mode mode;
	uint32_t stack, owner_stack;	/* where it was asked for; where who was in the way had taken it (0 unknown) */
	uint64_t n;			/* waits that ended; never 0 */
	uint64_t total_ns, longest_ns;
	uint32_t longest_thread, longest_owner;	/* of the longest wait: who, and for whom; 0 unknown */
	uint64_t n_holds, held_ns, longest_held_ns;	/* for how long those had it who got it by waiting here, when that was timed */
};

struct event {
	enum event_kind kind;
	uint32_t thread, object, stack, other, segment, held_stack;
};

/* Steering: what a gate did. */
struct steering {
	enum steer_act act;
	uint32_t part;			/* of the schedule; not checked */
	uint32_t thread, object, other, other_stack;
	enum object_kind other_kind;
};

/* What the kernel says of a thread; known only of a process that was looked at (tools/inspect). */
enum activity {
	ACTIVITY_UNKNOWN,
	ACTIVITY_RUNS,			/* or it moved while it was looked at */
	ACTIVITY_SLEEPS,		/* time, or something outside of the process, can end it */
	ACTIVITY_WAITS,			/* only another thread of the process, or of its helpers, can end it */
};

/* A slot of the live table as it stands at the end of the file, or a thread of a process that was looked at. */
struct live_thread {
	uint32_t slot;
	enum activity activity;
	const char *doing;		/* in words, when it waits for no thread: "sleeps in epoll_wait"; NULL unknown */
	const char *remark;		/* what else is known of what it waits for: "2 of 3 threads have come"; or NULL */
	const uint32_t *helpers;	/* ACTIVITY_WAITS: PIDs of other processes that can end it; n_helpers of them */
	uint32_t n_helpers;
	uint32_t far_owner;		/* TID of the thread of another process that has what it waits for, 0 unknown */
	bool is_ended;			/* ended with something held */
	bool is_waiting;
	bool is_loop;			/* an event loop, as the shim says (SLOT_LOOP) */
	struct wait wait;		/* .held, .n_held and .stack are valid also when it does not wait */
	uint64_t want_address, want_aux;
	const uint64_t *held_addresses;	/* n_held of them, beside wait.held */
};

/* The fork that a process was born in: by a thread of another trace, in this segment of it. */
struct fork {
	uint32_t parent_pid;		/* 0: there was none, or it is not known */
	uint64_t parent_start_ns;	/* start_monotonic_ns of that trace */
	uint32_t parent_thread, parent_segment;	/* not checked */
};

/* A lock of processes: threads of one process do not stand in each other's way. */
static inline bool object_is_of_process(enum object_kind kind, uint64_t address)
{
	return kind == OBJECT_FILE_LOCK && (address & TRACE_FILE_LOCK_OF_PROCESS);
}

struct model {
	char *path;			/* of the trace file */
	uint32_t pid, ppid;
	enum trace_mode mode;
	uint32_t flags;			/* enum trace_flag */
	bool is_inspected;		/* live[] has every thread of the process as it was when it was looked at */
	bool is_present;		/* inspected: what can happen is not asked; of the past it has who waits for and signals what */
	bool has_handlers;		/* inspected: it has signal handlers, which can wake threads */
	uint64_t seen_ns;		/* inspected: when, CLOCK_MONOTONIC; 0 when it has no times */
	const char *remark;		/* inspected: what else holds it up ("it is stopped by a signal"); or NULL */
	struct model *seen;		/* inspected, and it has a trace: what was seen, alone; or NULL */
	uint64_t start_realtime_ns, start_monotonic_ns, end_monotonic_ns;
	struct fork fork;
	const char *exe;		/* "" unknown */
	const char **argv;		/* argc strings */
	uint32_t argc;

	struct module *modules;		/* dense, not by id */
	uint32_t n_modules;
	struct stack *stacks;		/* [0] is the empty stack; n_* count the arrays, so ids are < n_* */
	uint32_t n_stacks;
	struct object *objects;
	uint32_t n_objects;
	struct thread *threads;
	uint32_t n_threads;

	struct dep *deps;
	uint32_t n_deps;
	struct edge *edges;
	uint32_t n_edges;
	struct declared_order *declared_orders;
	uint32_t n_declared_orders;
	struct deadlock *deadlocks;
	uint32_t n_deadlocks;
	struct event *events;
	uint32_t n_events;
	struct contention *contentions;	/* the dearest (total_ns) first */
	uint32_t n_contentions;
	struct steering *steerings;	/* in the order of their threads; of several threads in none */
	uint32_t n_steerings;
	struct live_thread *live;
	uint32_t n_live;

	/* Full recording: those of thread t are [first_operation[t], first_operation[t + 1]), in its order; the first says in
	 * which segment they begin. */
	struct operation *operations;
	uint32_t n_operations;
	uint32_t *first_operation;	/* n_threads + 1 of them */

	uint64_t lost[LOST_REASONS];
	uint64_t caps[TRACE_CAPS];
	uint64_t bad_records;		/* records that made no sense and were left out */
	char *damage;			/* first thing found wrong, in words; NULL for a whole trace */

	struct pool *memory;		/* owns everything above */
};

/* Reads a trace file.  0 and a model, or -1 with one sentence in *why (to be freed) when nothing can be read of it.
 * A damaged file gives a model with what was whole, and `damage`. */
int model_read(const char *path, struct model **ret_model, char **ret_why);
void model_free(struct model *model);

/* The module that a pc of a stack lies in, or NULL. */
const struct module *model_module_at(const struct model *model, uint64_t pc, uint32_t epoch);

/* What came of trying to make a finding happen (`snag confirm`). */
enum trial_verdict {
	TRIAL_CONFIRMED,
	TRIAL_VIOLATED,			/* its parts cannot meet: something keeps them apart each time */
	TRIAL_UNREACHED,		/* not all parts came up */
	TRIAL_TIMED_OUT,		/* they came up, but not together */
	TRIAL_VERDICTS
};

struct trial {
	char *finding;			/* its id */
	enum trial_verdict verdict;
	uint32_t n_runs, n_hits;
	uint32_t n_in_vain;		/* how often in all runs a thread was held back in vain */
	char *schedule;			/* file that holds threads back so; in the session folder, "" none */
	char *why;			/* in whole sentences; "" nothing to say */
};

/* All traces of a session, to be judged together. */
struct session {
	struct model **models;
	uint32_t n_models;
	char **argv;			/* the command `snag run` was given, or the first process's argv; may be empty */
	uint32_t argc;
	uint32_t pid;			/* of the first process; 0 unknown */
	bool has_exit;			/* `snag run` saw it end */
	int exit_code;			/* -1 when it ended by a signal */
	int exit_signal;		/* 0 when it ended by itself */
	uint64_t end_monotonic_ns;	/* when that was; 0 unknown */
	struct trial *trials;
	uint32_t n_trials;
	char **problems;		/* files that could not be read, each a sentence */
	uint32_t n_problems;
};

/* Reads every trace of the given folders and files.  -1 with *why when there is nothing to judge at all. */
int session_read(char *const paths[], size_t n_paths, struct session **ret_session, char **ret_why);

/* The same in two steps, for who has more to bring in between: of traces there may be none.  -1: the session is freed. */
struct session *session_collect(char *const paths[], size_t n_paths);
int session_complete(struct session *session, char *const paths[], size_t n_paths, char **ret_why);

/* Takes over a sentence that says what is missing. */
void session_add_problem(struct session *session, char *problem);

void session_free(struct session *session);

/* "SIGABRT"; NULL when it has no name. */
const char *signal_name(int signal);

/* Puts the models in the order in which their processes began: findings and names of shared locks depend on it. */
void session_sort(struct session *session);

#endif
