/* SPDX-License-Identifier: MIT */
/* Threads: creation, joining, names, the end. */
#include "hooks.h"

#include "arena.h"
#include "births.h"
#include "peek.h"
#include "writer.h"

#include <string.h>

/* *handle, after the thread has begun: it may lie in memory that the thread has freed and unmapped by now.  What lies in the
 * caller's own frames does not go. */
static cold pthread_t read_handle(const struct thread *t, const pthread_t *handle)
{
	pthread_t value;
	uintptr_t depth = t->stack_base - (uintptr_t)&value;

	if (depth < t->stack_size && (uintptr_t)handle - (uintptr_t)&value < depth)
		return *handle;
	return peek((uintptr_t)handle, sizeof(value), &value) ? value : 0;
}

/* Its parent may join it before it has run. */
static cold void created(struct thread *t, uint32_t index, uint32_t serial, const pthread_t *handle)
{
	pthread_t value;

	thread_enter(t);
	value = read_handle(t, handle);
	if (value)
		thread_has_handle(index, serial, value);
	thread_leave(t);
}

/* What the parent has done so far comes before the child; what it does from here on does not. */
#define CREATE(call_bare, call_ours, handle, a, start, argument)                                                      \
	struct thread *t = thread_here(caller_frame()), *child;                                                       \
	uint32_t index, serial;                                                                                       \
	int rc;                                                                                                       \
                                                                                                                      \
	child = t ? thread_new(t, a, start, argument, stack_here(t, return_address(), caller_frame())) : NULL;        \
	if (!child)                                                                                                   \
		return call_bare;                                                                                     \
	steer_expect_thread(1);                                                                                       \
	index = child->index; /* the child may be gone before the call returns */                                     \
	serial = child->serial;                                                                                       \
	record_new_segment(t);                                                                                        \
	rc = call_ours;                                                                                               \
	if (rc) {                                                                                                     \
		steer_expect_thread(-1);                                                                              \
		thread_free(child);                                                                                   \
	} else {                                                                                                      \
		created(t, index, serial, handle);                                                                    \
	}                                                                                                             \
	return rc

exported int pthread_create(pthread_t *handle, const pthread_attr_t *a, void *(*start)(void *), void *argument)
{
	CREATE(real.pthread_create(handle, a, start, argument), real.pthread_create(handle, a, thread_main, child),
	       handle, a, start, argument);
}

/* A C11 start routine returns an int. */
static int thread_main_c11(void *t)
{
	return (int)(intptr_t)thread_main(t);
}

exported int thrd_create(thrd_t *handle, thrd_start_t start, void *argument)
{
	CREATE(real.thrd_create(handle, start, argument), real.thrd_create(handle, thread_main_c11, child), handle, NULL,
	       (void *(*)(void *))(void (*)(void))start, argument);
}

/* ---- joins ------------------------------------------------------------------------------------------------------ */

struct join {
	struct thread *t;
	uint32_t index;			/* of the thread that is waited for */
	struct live_slot *target;	/* its slot, also before it has run */
	struct live_saved saved;
};

static cold struct live_slot *slot_of(uint32_t index)
{
	for (struct thread *t = threads_all(); t; t = t->next_state)
		if (t->slot && t->slot->thread == index)
			return t->slot;
	return NULL;
}

static cold void join_begin(struct join *join, pthread_t handle, uint32_t flags, uint32_t stack)
{
	struct thread *t = join->t;
	struct live_want want = {.kind = OBJECT_THREAD, .mode = MODE_TOKEN, .flags = flags, .stack = stack};

	want.address = join->index = thread_index_of(handle);
	if (join->index) {
		record_want(t, &want, OP_WAIT);
		join->target = slot_of(join->index);
		if (join->target)
			__atomic_store_n(&join->target->joiner, t->index, __ATOMIC_RELEASE);
		steer_before(t, &want, OP_WAIT);
	}
	live_wait_begin(t, &want, &join->saved);
}

static cold void join_end(void *argument)
{
	struct join *join = argument;

	live_wait_end(join->t, &join->saved);
	steer_after_wait(join->t);
	if (join->target && join->target->thread == join->index)
		__atomic_store_n(&join->target->joiner, 0, __ATOMIC_RELEASE);
}

cold void hook_comes_after(struct thread *t, enum edge_kind kind, uint32_t index, uint32_t segment, uint32_t object)
{
	struct record_edge fact = {
		.h.thread = t->index,
		.kind = kind,
		.from_thread = index,
		.from_segment = segment,
		.to_thread = t->index,
		.object = object,
	};

	if (!index || !birth_is_noted(index))
		return;
	record_new_segment(t);
	fact.to_segment = t->segment;
	thread_enter(t);
	if (birth_note_late(t))
		writer_append(RECORD_EDGE, &fact, sizeof(fact), NULL, 0);
	thread_leave(t);
}

/* All that the joined thread did. */
static void joined(struct thread *t, uint32_t index)
{
	hook_comes_after(t, EDGE_JOIN, index, UINT32_MAX, 0);
}

#define JOIN(call, handle, flags)                                                                                     \
	struct join join = {.t = thread_here(caller_frame())};                                                        \
	int rc;                                                                                                       \
                                                                                                                      \
	if (unlikely(!join.t))                                                                                        \
		return call;                                                                                          \
	join_begin(&join, handle, flags, stack_here(join.t, return_address(), caller_frame()));                       \
	pthread_cleanup_push(join_end, &join);                                                                        \
	rc = call;                                                                                                    \
	pthread_cleanup_pop(1);                                                                                       \
	if (rc == 0)                                                                                                  \
		joined(join.t, join.index);                                                                           \
	return rc

exported int pthread_join(pthread_t handle, void **result)
{
	JOIN(real.pthread_join(handle, result), handle, 0);
}

exported int pthread_timedjoin_np(pthread_t handle, void **result, const struct timespec *until)
{
	JOIN(real.pthread_timedjoin_np(handle, result, until), handle, until ? DEP_TIMED : 0);
}

exported int pthread_clockjoin_np(pthread_t handle, void **result, clockid_t clock, const struct timespec *until)
{
	JOIN(real.pthread_clockjoin_np(handle, result, clock, until), handle, until ? DEP_TIMED : 0);
}

exported int thrd_join(thrd_t handle, int *result)
{
	JOIN(real.thrd_join(handle, result), handle, 0);
}

exported int pthread_tryjoin_np(pthread_t handle, void **result)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t index = t ? thread_index_of(handle) : 0;
	int rc = real.pthread_tryjoin_np(handle, result);

	if (t && rc == 0)
		joined(t, index);
	return rc;
}

/* ---- the rest --------------------------------------------------------------------------------------------------- */

static void detached(struct live_slot *slot)
{
	if (slot)
		__atomic_fetch_or(&slot->flags, SLOT_DETACHED, __ATOMIC_RELAXED);
}

exported int pthread_detach(pthread_t handle)
{
	struct thread *t = thread_here(caller_frame());
	struct live_slot *slot = t ? slot_of(thread_index_of(handle)) : NULL;
	int rc = real.pthread_detach(handle);

	if (rc == 0)
		detached(slot);
	return rc;
}

exported int thrd_detach(thrd_t handle)
{
	struct thread *t = thread_here(caller_frame());
	struct live_slot *slot = t ? slot_of(thread_index_of(handle)) : NULL;
	int rc = real.thrd_detach(handle);

	if (rc == thrd_success)
		detached(slot);
	return rc;
}

/* The thread's end itself is seen in thread.c; here is where it was asked for. */
exported void pthread_exit(void *result)
{
	struct thread *t = thread_here(caller_frame());

	if (t)
		t->exit_stack = stack_here(t, return_address(), caller_frame());
	real.pthread_exit(result);
	__builtin_unreachable();
}

exported void thrd_exit(int result)
{
	struct thread *t = thread_here(caller_frame());

	if (t)
		t->exit_stack = stack_here(t, return_address(), caller_frame());
	real.thrd_exit(result);
	__builtin_unreachable();
}

static cold void record_name(struct thread *t, uint32_t index, const char *name)
{
	struct record_thread_name fact = {.h.thread = index};
	struct live_slot *slot = slot_of(index);

	strncpy(fact.name, name, sizeof(fact.name) - 1);
	if (slot)
		memcpy(slot->name, fact.name, sizeof(fact.name));
	thread_enter(t);
	writer_append(RECORD_THREAD_NAME, &fact, sizeof(fact), NULL, 0);
	thread_leave(t);
}

exported int pthread_setname_np(pthread_t handle, const char *name)
{
	struct thread *t = thread_here(caller_frame());
	uint32_t index = t ? thread_index_of(handle) : 0;
	int rc = real.pthread_setname_np(handle, name);

	if (index && rc == 0)
		record_name(t, index, name);
	return rc;
}
