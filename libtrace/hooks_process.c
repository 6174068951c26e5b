/* SPDX-License-Identifier: MIT */
/* The loader and processes. */
#include "hooks.h"

#include "fork.h"
#include "inside.h"
#include "machine.h"
#include "modules.h"

#include <sys/mman.h>
#include <unistd.h>

/* The unwinder asks for the list of modules: it gets ours, and does not wait for the loader lock. */
exported int dl_iterate_phdr(int (*each)(struct dl_phdr_info *, size_t, void *), void *argument)
{
	if (stack_is_being_taken())
		return modules_iterate(each, argument);
	return real.dl_iterate_phdr(each, argument);
}

/* The unwinder would find out by a pipe, which it keeps open, and mincore() whether memory is there.  But programs close
 * descriptors that they do not know, and then it reads and writes theirs; and a filter of system calls may end the process
 * for mincore().  It asks us instead (stack.c), and gets neither. */
exported int pipe2(int ends[2], int flags)
{
	if (!stack_is_being_taken())
		return real.pipe2(ends, flags);
	errno = ENFILE;
	return -1;
}

exported int mincore(void *memory, size_t size, unsigned char *pages)
{
	if (!stack_is_being_taken())
		return real.mincore(memory, size, pages);
	errno = ENOSYS;
	return -1;
}

/* The thread is about to take the lock of the loader.  In a constructor that a dlopen() runs it has it already. */
static void loader_begins(uintptr_t pc, uintptr_t frame)
{
	struct thread *t = thread_here(frame);
	struct live_want want = {INSIDE_LOADER_ADDRESS, OBJECT_LOADER, MODE_WRITE, 0, 0, 0};
	bool is_new_here;

	if (!t)
		return;
	is_new_here = hook_is_new_here(t, pc, frame);
	want.stack = stack_here(t, pc, frame);
	if (inside_loader(want.stack))
		return;
	if (is_new_here)
		record_new_dependency(t, &want, OP_ACQUIRE);
	else
		record_want(t, &want, OP_ACQUIRE);
}

/* Returns the real dlopen(). */
__attribute__((used)) static void *(*dlopen_begins(uintptr_t pc, uintptr_t frame))(const char *, int)
{
	real_need_all();
	loader_begins(pc, frame);
	return real.dlopen;
}

/* The real dlopen() looks at its return address to find out who calls, so this one jumps there.  A new library is learnt when
 * a stack first leads into it (modules.c). */
LEADS_TO(dlopen, dlopen_begins);

exported int dlclose(void *library)
{
	struct thread *t = thread_here(caller_frame());
	int rc;

	loader_begins(return_address(), caller_frame());
	rc = real.dlclose(library);
	if (t && rc == 0)
		contexts_forget_gone(t);
	return rc;
}

pid_t _Fork(void); /* <unistd.h> has it since glibc 2.34 */

/* fork() runs the handlers of pthread_atfork(), ours among them; _Fork() does not. */
exported pid_t _Fork(void)
{
	pid_t pid;

	fork_begins();
	pid = real._Fork();
	if (pid == 0)
		fork_ends_in_child();
	else
		fork_ends_in_parent();
	return pid;
}
