/* SPDX-License-Identifier: MIT */
/* The loader and processes. */
#include "hooks.h"

#include "fork.h"
#include "modules.h"

#include <unistd.h>

/* The unwinder asks for the list of modules: it gets ours, and does not wait for the loader lock. */
exported int dl_iterate_phdr(int (*each)(struct dl_phdr_info *, size_t, void *), void *argument)
{
	if (stack_is_being_taken())
		return modules_iterate(each, argument);
	return real.dl_iterate_phdr(each, argument);
}

/* dlopen() is left alone: it looks at its return address to find out who calls.  A new library is learnt when a stack
 * first leads into it (modules.c). */
exported int dlclose(void *library)
{
	int rc = real.dlclose(library);
	struct thread *t = thread_here(caller_frame());

	if (t && rc == 0)
		contexts_forget_gone(t);
	return rc;
}

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
