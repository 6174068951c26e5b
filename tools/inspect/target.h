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
	bool is_shared;
	const char *path; /* "" for none; "[heap]" and the like are none */
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
	/* What a descriptor of the program is: "/dev/pts/0", "a pipe"; NULL unknown.  Lives as long as the pool. */
	const char *(*describe_fd)(struct target *target, uint64_t fd);
	/* Who has the lock on a file that the program waits for: "process 4711 (nginx)"; NULL unknown. */
	const char *(*describe_file_owner)(struct target *target);
};

/* Whether memory at an address can, as far as is known, be changed by other processes. */
bool target_is_shared(const struct target *target, uint64_t address);

/* Its loaded files, into the model. */
void modules_read(const struct target *target, struct model *model);

/* Everything that follows from the target, into a model that has nothing yet; and with what the shim wrote when the
 * target runs under it.  The model takes the target's pool over. */
struct model *facts_find(struct target *target);

#endif
