/* SPDX-License-Identifier: MIT */
/* The part of the public API that records: locks that the program has made itself, and what it says of locks and threads. */
#include "hooks.h"

#include "include/snag/snag.h"
#include "writer.h"

#include <string.h>

#undef snag_acquiring
#undef snag_acquired
#undef snag_released
#undef snag_name_lock
#undef snag_name_thread
#undef snag_order
#undef snag_ignore_begin
#undef snag_ignore_end

enum { LONGEST_NAME = 255 };

/* What the thread has said it waits for. */
static __thread struct hook_acquire waiting;

exported void snag_acquiring(const volatile void *lock)
{
	if (!thread_here(caller_frame()) || waiting.t)
		return;
	hook_acquire_begin(&waiting, return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN, MODE_WRITE, 0);
	hook_wait_begin(&waiting);
}

exported void snag_acquired(const volatile void *lock)
{
	struct hook_acquire acquire = waiting;

	waiting.t = NULL;
	if (acquire.t)
		hook_wait_end(&acquire);
	if (!thread_here(caller_frame()))
		return;
	if (!acquire.t || acquire.want.address != (uintptr_t)lock)
		hook_acquire_begin(&acquire, return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN, MODE_WRITE,
				   0);
	hook_acquire_end(&acquire, 0);
}

exported void snag_released(const volatile void *lock)
{
	if (thread_active && record_released_newest((uintptr_t)lock))
		full_released(thread_active, (uintptr_t)lock, OBJECT_SPIN);
	else
		hook_unlocking(return_address(), caller_frame(), (uintptr_t)lock, OBJECT_SPIN);
}

/* ---- what the program says of locks and threads ----------------------------------------------------------------- */

exported void snag_name_lock(const volatile void *lock, const char *name)
{
	struct thread *t = thread_here(caller_frame());
	char text[LONGEST_NAME + 1] = "";
	struct record_lock_name fact = {.address = (uintptr_t)lock};
	uint32_t stack;

	if (!t)
		return;
	stack = stack_here(t, return_address(), caller_frame());
	thread_enter(t);
	strncpy(text, name, LONGEST_NAME);
	fact.h.thread = t->index;
	fact.generation = object_mention(t, (uintptr_t)lock, stack);
	fact.name_size = (uint32_t)strlen(text) + 1;
	writer_append(RECORD_LOCK_NAME, &fact, sizeof(fact), text, fact.name_size);
	thread_leave(t);
}

exported void snag_name_thread(const char *name)
{
	char text[TRACE_NAME_SIZE] = "";

	strncpy(text, name, sizeof(text) - 1);
	pthread_setname_np(pthread_self(), text);
}

exported void snag_order(const volatile void *first, const volatile void *second)
{
	struct thread *t = thread_here(caller_frame());
	struct record_lock_order fact = {.first = (uintptr_t)first, .second = (uintptr_t)second};

	if (!t)
		return;
	fact.stack = stack_here(t, return_address(), caller_frame());
	thread_enter(t);
	fact.h.thread = t->index;
	fact.first_generation = object_mention(t, (uintptr_t)first, fact.stack);
	fact.second_generation = object_mention(t, (uintptr_t)second, fact.stack);
	writer_append(RECORD_LOCK_ORDER, &fact, sizeof(fact), NULL, 0);
	thread_leave(t);
}

exported void snag_ignore_begin(void)
{
	struct thread *t = thread_here(caller_frame());

	if (t && t->n_ignores++ == 0)
		record_known_as(t);
}

exported void snag_ignore_end(void)
{
	struct thread *t = thread_here(caller_frame());

	if (t && t->n_ignores && --t->n_ignores == 0)
		record_known_as(t);
}
