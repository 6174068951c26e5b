/* SPDX-License-Identifier: MIT */
/* Constructor and destructor: the shim's life in a process. */
#include "init.h"

#include "arena.h"
#include "context.h"
#include "blocks.h"
#include "fork.h"
#include "inside.h"
#include "life.h"
#include "full.h"
#include "hardware.h"
#include "hooks.h"
#include "live.h"
#include "modules.h"
#include "options.h"
#include "plain.h"
#include "real.h"
#include "stack.h"
#include "writer.h"

#include <dlfcn.h>
#include <errno.h>
#include <gnu/libc-version.h>
#include <limits.h>
#include <link.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TEXT = 32768 };

enum shim_state shim_state;

bool shim_is_running(void)
{
	return shim_state == SHIM_RUNNING || shim_state == SHIM_FORKED;
}

/* What is written of the program, kept for forked children: by then it may have put a title in the place of its
 * arguments (nginx, PostgreSQL). */
static struct {
	struct record_process fact;
	char text[MAX_TEXT];
} process;

/* The executable's path and the arguments, each with its NUL. */
static cold void describe_process(int argc, char *const argv[])
{
	ssize_t n = readlink("/proc/self/exe", process.text, PATH_MAX);
	size_t size = n > 0 ? (size_t)n : 0;

	process.text[size++] = '\0';
	for (int i = 0; i < argc && size + strlen(argv[i]) < sizeof(process.text); i++) {
		size += strlen(strcpy(process.text + size, argv[i])) + 1;
		process.fact.argc++;
	}
	process.fact.text_size = (uint32_t)size;
}

cold void shim_record_process(void)
{
	writer_append(RECORD_PROCESS, &process.fact, sizeof(process.fact), process.text, process.fact.text_size);
}

typedef void constructor_fn(int argc, char **argv, char **envp);

/* NULL when the loader does not know. */
static cold const struct link_map *libc_map(void)
{
	struct link_map *map = NULL;
	Dl_info info;

	return dladdr1((void *)gnu_get_libc_version, &info, (void **)&map, RTLD_DL_LINKMAP) ? map : NULL;
}

/* The first dlopen() of a process runs what was not run yet of libc, too, and with the arguments that libc remembers: none
 * as yet.  The program would have no name, and libraries that are opened later no arguments.  So libc learns them here. */
static cold void begin_libc(int argc, char **argv, char **envp)
{
	const struct link_map *map = libc_map();
	ElfW(Addr) init = 0, array = 0, size = 0;

	for (const ElfW(Dyn) *entry = map ? map->l_ld : NULL; entry && entry->d_tag != DT_NULL; entry++) {
		if (entry->d_tag == DT_INIT)
			init = map->l_addr + entry->d_un.d_ptr;
		else if (entry->d_tag == DT_INIT_ARRAY)
			array = map->l_addr + entry->d_un.d_ptr;
		else if (entry->d_tag == DT_INIT_ARRAYSZ)
			size = entry->d_un.d_val;
	}
	if (init)
		((constructor_fn *)init)(argc, argv, envp);
	for (; size >= sizeof(array); size -= sizeof(array), array += sizeof(array))
		(*(constructor_fn **)array)(argc, argv, envp);
}

/* Runs before every other constructor (-z initfirst), even before those of libc. */
static __attribute__((constructor)) cold void begin(int argc, char **argv, char **envp)
{
	int saved_errno = errno;

	if (!*program_invocation_name)
		begin_libc(argc, argv, envp);
	/* Before any other handler: then those of others, which may lock, run outside of ours.  A look-up that fails calls
	 * malloc, and jemalloc's beginning registers handlers. */
	pthread_atfork(fork_begins, fork_ends_in_parent, fork_ends_in_child);
	describe_process(argc, argv);
	real_resolve_all();
	hooks_exec_begin();
	blocks_init();
	options_read();
	if (steer_init())
		hooks_steer();
	plain_init();
	shim_state = SHIM_OFF;
	if (arena_open(0)) {
		shim_record_process();
		stacks_reset();
		contexts_reset();
		inside_reset();
		stack_init();
		modules_init();
		live_open_bell();
		full_open();
		shim_state = threads_init() ? SHIM_RUNNING : SHIM_OFF;
		hardware_init();
	}
	errno = saved_errno;
}

static __attribute__((destructor)) cold void end(void)
{
	struct thread *t = thread_active;

	if (shim_state != SHIM_RUNNING || !t)
		return;
	thread_enter(t);
	record_abandoned(t);
	arena_end();
	thread_leave(t);
}
