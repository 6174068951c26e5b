/* SPDX-License-Identifier: MIT */
/* What is looked at: threads in system calls, mappings, and memory that can be read.  Nobody outside tools/inspect
 * includes this. */
#ifndef SNAG_TARGET_H
#define SNAG_TARGET_H

#include "../trace/model.h"
#include "../trace/pool.h"

enum { CALL_ARGUMENTS = 6 };

/* One thread, as the kernel tells of it. */
struct task {
	uint32_t tid;	 /* as the program itself knows it */
	uint32_t lwp;	 /* as we know it: another number when the program runs in a container */
	uint32_t tracer; /* PID of its debugger, 0 none */
	char name[TRACE_NAME_SIZE];
	char state;	/* as in proc(5): R, S, D, T, t, Z, X */
	bool is_asleep; /* in the system call that follows, and it has not moved while we looked */
	uint32_t call;
	uint64_t arguments[CALL_ARGUMENTS];
	uint64_t switches; /* how often the kernel has taken the processor from it */
};

struct mapping {
	uint64_t start, end, offset;
	uint64_t device, inode; /* 0 of no file, or not known */
	bool is_shared;
	const char *path; /* "" for none; "[heap]" and the like are none */
};

/* What other processes have to do with a wait. */
struct outside {
	uint32_t owner;		/* TID of the thread that has what is waited for (a lock on a file: PID), 0 unknown; for a word of
				 * memory set by the caller, as the lock's own words name it */
	bool is_owner_gone;	/* that one has ended, or has nothing to do with this memory */
	const char *owner_name; /* "process 4711 (nginx)"; NULL unknown */
	const uint32_t *pids;	/* processes that can end the wait, n of them, the waiter's own left out */
	uint32_t n;
	bool is_complete;	 /* no other ones can */
	const char *remark;	 /* what to add to the wait in words; NULL nothing */
	struct file_place *file; /* the lock's place: NULL when it has none that other processes know */
	bool is_file_lock;	 /* it is a lock on a file, and ... */
	uint64_t address;	 /* ... named so, and ... */
	enum object_mode mode;	 /* ... wanted so */
};

struct target {
	struct pool *pool;	   /* of the model: strings and arrays */
	const char *label;	   /* "process 4711" */
	uint32_t pid, ppid;	   /* as the program itself knows them */
	uint16_t machine;	   /* ELF e_machine */
	uint64_t caught;	   /* signals that it has handlers for: bit N-1 for signal N */
	uint64_t seen_realtime_ns; /* when it was as it is here; 0: now */
	bool shares_unknown;	   /* mappings do not say whether they are shared */
	const char *exe;
	const char **argv;
	uint32_t argc;
	struct task *tasks; /* the main thread first, when it is there */
	uint32_t n_tasks;
	struct mapping *mappings; /* by address */
	uint32_t n_mappings;

	/* Reads all of it, or returns false. */
	bool (*read)(const struct target *target, uint64_t address, void *to, size_t size);
	/* The second look: clears is_asleep of all that have moved since the first. */
	void (*settle)(struct target *target);
	/* Has it a thread of this TID now, though the first look did not show it?  NULL when nothing moves, as in a core. */
	bool (*has_thread)(const struct target *target, uint32_t tid);
	/* What a descriptor of the program is: "/dev/pts/0", "a pipe"; NULL unknown.  Lives as long as the pool. */
	const char *(*describe_fd)(struct target *target, uint64_t fd);
	/* How a wait leads out of the program; NULL when nothing is known of other processes, as in a core. */
	void (*look_outside)(struct target *target, const struct task *task, struct outside *ret_outside);
};

/* The mapping that an address lies in, or NULL. */
const struct mapping *target_mapping(const struct target *target, uint64_t address);

/* What holds it up as a whole, in words; NULL nothing.  The model's threads are those of the target, in their order. */
const char *holdup_tell(const struct target *target, const struct model *model);

/* Its loaded files, into the model. */
void modules_read(const struct target *target, struct model *model);

/* Everything that follows from the target, and what the shim wrote when the target runs under it. All targets that are
 * to fit together are begun before the first is ended. The model takes the target's pool over. */
struct facts *facts_begin(struct target *target);
struct model *facts_end(struct facts *facts);

#endif
