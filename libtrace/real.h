/* SPDX-License-Identifier: MIT */
/* The functions behind ours: what the program would call if we were not here. */
#ifndef SNAG_REAL_H
#define SNAG_REAL_H

#include "compiler.h"

#include <dlfcn.h>
#include <link.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <sys/types.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

struct real {
#define HOOK(shape, returns, name, params, args, kind, mode, object, extra) returns(*name) params;
#define HOOK_OLD(returns, name, params, args, version, default_version) returns(*old_##name) params;
#include "hooks.def"
};

/* Every pointer can be called at any time: until real_resolve_all() it leads to a resolver that replaces itself. */
extern hidden struct real real;

/* The same, for the call that a hook makes to see whether it need wait: who steers has that call say yes. */
extern hidden struct real real_first;

/* Looks every function up.  Called by the constructor, or before it by real_need_all(). */
void real_resolve_all(void);

/* Functions with "..." in their parameters: a resolver cannot hand those on. */
extern bool real_are_found;

static inline void real_need_all(void)
{
	if (unlikely(!real_are_found))
		real_resolve_all();
}

#ifndef DLFO_STRUCT_HAS_EH_DBASE
/* As <dlfcn.h> has it since glibc 2.35. */
struct dl_find_object {
	unsigned long long dlfo_flags;
	void *dlfo_map_start, *dlfo_map_end;
	struct link_map *dlfo_link_map;
	void *dlfo_eh_frame;
	unsigned long long reserved[7];
};
#endif

/* glibc's _dl_find_object (2.35 and later), or NULL: finds the module of a pc without any lock. */
extern int (*real_dl_find_object)(void *pc, struct dl_find_object *ret_found);

/* libc's own, whoever else brings a clock: one that makes time up (libfaketime) takes a lock, and would come back to us. */
extern int (*real_clock_gettime)(clockid_t clock, struct timespec *ret_time);

#endif
