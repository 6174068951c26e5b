/* SPDX-License-Identifier: MIT */
/* Constructor, destructor, fork.
 *
 * A forked child has its parent's trace mapped, and must not write there.  Most children exec at once, so a child begins
 * a trace of its own only when it first does something to record; what it holds then is remembered from the fork.
 */
#include "init.h"

#include "arena.h"
#include "live.h"
#include "modules.h"
#include "objects.h"
#include "options.h"
#include "pages.h"
#include "real.h"
#include "record.h"
#include "stack.h"
#include "life.h"
#include "writer.h"

#include <limits.h>
#include <string.h>
#include <unistd.h>

enum { MAX_TEXT = 32768 };

static enum { BEFORE, RUNNING, FORKED, OFF } state;

/* The fork under way, or the one that this process was born in and has not come to terms with.  Under the unwinder's
 * lock.  The holds are a copy: in the child, the thread's slot is still the parent's, which goes on. */
static struct {
	void *owner;			/* &thread_active of the thread that forks */
	struct thread *thread;
	uint32_t n_holds;
	struct live_hold holds[MAX_HOLDS];
} forking;

bool shim_is_running(void)
{
	return state == RUNNING || state == FORKED;
}

/* ---- the beginning ---------------------------------------------------------------------------------------------- */

static int n_arguments;
static char **arguments;

static cold void record_process(void)
{
	static char text[MAX_TEXT];
	struct record_process fact = {0};
	ssize_t n = readlink("/proc/self/exe", text, PATH_MAX);
	size_t size = n > 0 ? (size_t)n : 0;

	text[size++] = '\0';
	for (int i = 0; i < n_arguments && size + strlen(arguments[i]) < sizeof(text); i++) {
		size += strlen(strcpy(text + size, arguments[i])) + 1;
		fact.argc++;
	}
	fact.text_size = (uint32_t)size;
	writer_append(RECORD_PROCESS, &fact, sizeof(fact), text, size);
}

/* Runs before every other constructor (-z initfirst), even before glibc has set its environ: what we call may call a
 * malloc that is configured by it. */
static __attribute__((constructor)) cold void begin(int argc, char **argv, char **envp)
{
	int saved_errno = errno;

	if (!environ)
		environ = envp;
	n_arguments = argc;
	arguments = argv;
	real_resolve_all();
	options_read();
	state = OFF;
	if (arena_open(0)) {
		record_process();
		stacks_reset();
		stack_init();
		modules_init();
		live_open_bell();
		pthread_atfork(shim_before_fork, shim_after_fork_in_parent, shim_after_fork_in_child);
		state = threads_init() ? RUNNING : OFF;
	}
	errno = saved_errno;
}

static __attribute__((destructor)) cold void end(void)
{
	struct thread *t = thread_active;

	if (state != RUNNING || !t)
		return;
	thread_enter(t);
	arena_end();
	thread_leave(t);
}

/* ---- fork ------------------------------------------------------------------------------------------------------- */

cold void shim_before_fork(void)
{
	struct thread *t = thread_active;

	if (!t)
		return;
	thread_enter(t);
	stack_fork_begin();
	forking.owner = &thread_active;
	forking.thread = t;
	forking.n_holds = t->slot->n_holds;
	memcpy(forking.holds, t->holds, forking.n_holds * sizeof(*forking.holds));
}

cold void shim_after_fork_in_parent(void)
{
	if (forking.owner != &thread_active)
		return;
	forking.owner = NULL;
	stack_fork_end();
	thread_leave(forking.thread);
}

cold void shim_after_fork_in_child(void)
{
	if (state == FORKED)
		return;
	state = forking.owner == &thread_active ? FORKED : OFF;
	forking.owner = NULL;
	thread_forget();
}

/* The stacks of the holds are in the parent's trace: kept before it is unmapped. */
static cold struct record_stack **keep_stacks(void)
{
	const size_t largest = sizeof(struct record_stack) + TRACE_MAX_FRAMES * sizeof(uint64_t);
	struct record_stack **kept = pages_new(forking.n_holds * (sizeof(*kept) + largest) + 1);
	char *at = (char *)(kept + forking.n_holds);

	for (uint32_t i = 0; kept && i < forking.n_holds; i++, at += largest) {
		const struct record_stack *stack = stack_record(forking.holds[i].stack);

		if (stack)
			kept[i] = memcpy(at, stack, stack->h.units * 8);
	}
	return kept;
}

static cold void reset_all(void)
{
	writer_reset();
	stacks_reset();
	objects_reset();
	record_reset();
	live_reset();
	threads_reset_in_child(forking.thread);
	arena_drop();
}

static cold void inherit(struct thread *t, struct record_stack **kept)
{
	for (uint32_t i = 0; i < forking.n_holds; i++)
		record_inherited(t, &forking.holds[i], kept && kept[i] ? stack_copy(t, kept[i]) : 0);
}

cold bool shim_begin_child(void)
{
	struct thread *t = forking.thread;
	struct record_stack **kept;

	if (state != FORKED)
		return false;
	state = OFF;
	kept = keep_stacks();
	reset_all();
	if (!arena_open(TRACE_FORKED))
		return true;
	record_process();
	modules_record_again();
	if (!thread_begin_in_child(t))
		return true;
	inherit(t, kept);
	state = RUNNING;
	thread_open(t);
	return true;
}
