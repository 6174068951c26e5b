/* SPDX-License-Identifier: MIT */
/* Mutexes: what is not of regular shape. */
#include "hooks.h"

/* The owner of a robust mutex whose last owner died says that it has put things right; it holds it since EOWNERDEAD. */
exported int pthread_mutex_consistent(pthread_mutex_t *m)
{
	return real.pthread_mutex_consistent(m);
}

exported void mtx_destroy(mtx_t *m)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t stack = t ? stack_here(t, return_address(), caller_frame()) : 0;

	if (t)
		hook_destroying(t, (uintptr_t)m, OBJECT_MUTEX, stack);
	real.mtx_destroy(m);
	if (t)
		hook_destroyed(t, (uintptr_t)m, stack);
}
