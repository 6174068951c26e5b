/* SPDX-License-Identifier: MIT */
/* The life of threads: the parent gets a state for its child, and the thread gives it back when it ends.
 *
 * The end is seen by the destructor of a thread-specific key, which comes after return, pthread_exit() and cancellation
 * alike.  It asks to be called again until the last round, so that other destructors, which may lock, run before it.
 */
#include "life.h"

#include "arena.h"
#include "births.h"
#include "context.h"
#include "frames.h"
#include "fork.h"
#include "init.h"
#include "live.h"
#include "objects.h"
#include "real.h"
#include "record.h"
#include "stack.h"
#include "steer.h"
#include "table.h"
#include "writer.h"

#include <limits.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

enum {
	DEFAULT_STACK = 8 << 20,	/* of a thread whose stack size is not known */
	LONGEST_STACK = 1 << 30,
};

enum life { LIFE_NEW, LIFE_ATTACHED, LIFE_ENDED };

static __thread enum life life __attribute__((tls_model("initial-exec")));

static struct {
	struct table by_handle;		/* pthread_t -> union owner_of_handle */
	uint32_t n_begun;
	pthread_key_t key;
	bool has_key;
} threads;

extern void *__libc_stack_end;

/* ---- states ----------------------------------------------------------------------------------------------------- */

/* Gives the state a slot, if it has none in this trace yet. */
static cold bool state_has_slot(struct thread *t)
{
	if (t->slot)
		return true;
	t->slot = live_slot_new(&t->slot_index);
	if (!t->slot)
		return false;
	t->holds = t->slot->inline_holds;
	t->chain = t->inline_chain;
	t->scratch = t->inline_scratch;
	return true;
}

/* Makes it the state of a new thread.  Its slot says so from now on, since the parent may wait for a thread that has not
 * run yet.  Contexts go, so that each is met once by each thread (hooks.c). */
static cold void state_begin(struct thread *t)
{
	/* The index of a thread that left no trace serves again: indices are dense. */
	if (!t->index || t->is_recorded)
		t->index = __atomic_add_fetch(&snag_trace->n_threads, 1, __ATOMIC_RELAXED);
	t->serial = __atomic_add_fetch(&threads.n_begun, 1, __ATOMIC_RELAXED);
	t->segment = 0;
	t->n_end_rounds = t->n_rounds = t->n_exchanges = t->n_hand_overs = t->n_polls = t->n_ignores = 0;
	t->exit_stack = 0;
	t->made = 0;
	t->has_made = false;
	t->start = NULL;
	t->here = (struct thread_here){0};
	t->birth = (struct thread_birth){0};
	t->is_recorded = false;
	t->slot->thread = t->index;
	t->slot->joiner = t->slot->flags = t->slot->segment = 0;
	contexts_forget(t);
	record_begin(t);
}

/* A state for a new thread.  Called with the guard closed. */
static cold struct thread *state_new(void)
{
	struct thread *t = thread_state_new();

	if (!t) {
		arena_count_lost(LOST_NO_MEMORY, 1);
		return NULL;
	}
	if (!state_has_slot(t)) {
		thread_state_free(t);
		return NULL;
	}
	state_begin(t);
	return t;
}

static cold void slot_fill(struct thread *t)
{
	struct live_slot *slot = t->slot;

	slot->tid = (uint32_t)gettid();
	slot->epoch &= ~1u;
	slot->shim_lock = 0;
	slot->pthread = (uint64_t)pthread_self();
	slot->start_routine = (uint64_t)(uintptr_t)t->start;
	slot->stack_base = t->stack_base;
	slot->parent = t->birth.parent;
	slot->create_stack = t->birth.stack;
	memset(slot->name, 0, sizeof(slot->name));
	live_set_tid(slot->tid, t->slot_index + 1);
	__atomic_store_n(&slot->state, SLOT_ALIVE, __ATOMIC_RELEASE);
}

/* Which thread a handle means.  Handles are used again: the newer thread counts. */
union owner_of_handle {
	struct {
		uint32_t index, serial;
	};
	uint64_t word;
};

cold void thread_has_handle(uint32_t index, uint32_t serial, pthread_t handle)
{
	bool is_new;
	uint64_t *known = table_insert(&threads.by_handle, (uint64_t)handle, &is_new);
	union owner_of_handle owner = {.index = index, .serial = serial}, old;

	if (!known)
		return;
	old.word = __atomic_load_n(known, __ATOMIC_ACQUIRE);
	while (old.serial < serial && !__atomic_compare_exchange_n(known, &old.word, owner.word, false, __ATOMIC_ACQ_REL,
								   __ATOMIC_ACQUIRE))
		;
}

/* The calling thread has this state from now on; the guard stays closed. */
static cold void begin(struct thread *t)
{
	life = LIFE_ATTACHED;	/* a signal handler that comes now finds the shim at work */
	thread_has_handle(t->index, t->serial, pthread_self());
	slot_fill(t);
	frames_thread_begin(t);
	birth_note(t);
	if (threads.has_key)
		pthread_setspecific(threads.key, t);
}

/* ---- threads that we see being created -------------------------------------------------------------------------- */

static cold size_t stack_size_of(const pthread_attr_t *attributes)
{
	pthread_attr_t defaults;
	size_t size = DEFAULT_STACK;

	if (attributes)
		pthread_attr_getstacksize(attributes, &size);
	else if (!pthread_getattr_default_np(&defaults)) {
		pthread_attr_getstacksize(&defaults, &size);
		pthread_attr_destroy(&defaults);
	}
	return size;
}

cold struct thread *thread_new(struct thread *parent, const pthread_attr_t *attributes, void *(*start)(void *),
			       void *argument, uint32_t create_stack)
{
	struct thread *t;

	thread_enter(parent);
	t = state_new();
	if (t) {
		t->start = start;
		t->argument = argument;
		t->stack_size = stack_size_of(attributes);
		t->birth = (struct thread_birth){parent->index, parent->segment, create_stack};
	}
	thread_leave(parent);
	return t;
}

cold void thread_free(struct thread *t)
{
	thread_state_free(t);
}

/* ---- threads that are met --------------------------------------------------------------------------------------- */

/* A thread of unknown origin: what lies below the present frame is its stack as far as we are concerned. */
static cold struct thread *adopt(uintptr_t frame)
{
	struct thread *t = state_new();

	if (!t) {
		life = LIFE_ENDED;
		return NULL;
	}
	t->stack_base = frame;
	t->stack_size = DEFAULT_STACK;
	begin(t);
	return t;
}

/* libunwind's own locks come here too. */
bool thread_is_interrupted(void)
{
	return life == LIFE_ATTACHED && !thread_active && !stack_is_being_taken();
}

cold struct thread *thread_attach(uintptr_t frame)
{
	int saved_errno = errno;
	struct thread *t;

	if (life == LIFE_ENDED || !shim_is_running())
		return NULL;
	if (life == LIFE_ATTACHED) {
		if (thread_is_interrupted())
			arena_count_lost(LOST_SIGNAL, 1);
		return NULL;
	}
	life = LIFE_ATTACHED;	/* a signal handler that comes now finds the shim at work */
	if (!fork_begin_child()) {
		t = adopt(frame);
		if (t)
			thread_open(t);
	}
	errno = saved_errno;
	return thread_active;
}

uint32_t thread_index_of(pthread_t handle)
{
	const uint64_t *index = table_find(&threads.by_handle, (uint64_t)handle);

	return index ? ((union owner_of_handle){.word = __atomic_load_n(index, __ATOMIC_ACQUIRE)}).index : 0;
}

/* ---- the end ---------------------------------------------------------------------------------------------------- */

static cold void record_end(struct thread *t)
{
	struct record_thread_end fact = {
		.h.thread = t->index,
		.segment = t->segment,
		.n_holds = t->slot->n_holds,
		.time_ns = now_ns(),
	};

	for (uint32_t i = 0; i < t->slot->n_holds; i++) {
		const struct live_hold *hold = &t->holds[i];

		record_event(t, EVENT_EXIT_HELD, object_id(t, hold->address, hold->kind, hold->stack), t->exit_stack,
			     0, hold->stack);
	}
	full_ended(t);
	if (t->is_recorded)
		writer_append(RECORD_THREAD_END, &fact, sizeof(fact), NULL, 0);
}

/* Locks on files are not a thread's: they stay with the process, or with the open file. */
static cold void leave_files(struct thread *t)
{
	for (uint32_t i = t->slot->n_holds; i-- > 0;)
		if (t->holds[i].kind == OBJECT_FILE_LOCK)
			record_released_own(t, t->holds[i].address);
}

/* The stack goes, and the locks in it; the next thread may get the same memory. */
static cold void stack_end(struct thread *t)
{
	uintptr_t start, end;

	frames_thread_end(t, &start, &end);
	objects_end(t, start, end - start, t->exit_stack);
}

/* A thread that ends with something held keeps its slot: the holds are still true. */
static cold void thread_end(struct thread *t)
{
	bool holds_something;

	thread_enter(t);
	life = LIFE_ENDED;
	record_refresh(t);
	leave_files(t);
	record_end(t);
	stack_end(t);
	holds_something = t->slot->n_holds != 0;
	live_set_tid(t->slot->tid, 0);
	thread_hot.slot = NULL;
	__atomic_store_n(&t->slot->state, holds_something ? SLOT_ENDED : SLOT_FREE, __ATOMIC_RELEASE);
	if (!holds_something)
		thread_state_free(t);
	errno = t->saved_errno;
}

static cold void end_round(void *argument)
{
	struct thread *t = argument;

	if (t != thread_active)
		return;
	if (++t->n_end_rounds < PTHREAD_DESTRUCTOR_ITERATIONS)
		pthread_setspecific(threads.key, t);
	else
		thread_end(t);
}

/* ---- what a new thread runs ------------------------------------------------------------------------------------- */

/* What lies above the present frame, up to the thread's descriptor, is of the room for its stack, too. */
static cold size_t size_below(uintptr_t frame, size_t size)
{
	uintptr_t above = (uintptr_t)pthread_self() - frame;

	return above < size ? size - above : size;
}

/* A signal that was pending came before: its handler has had a state of its own. */
void *thread_main(void *argument)
{
	struct thread *t = argument;

	life = LIFE_ATTACHED;
	if (thread_active)
		thread_end(thread_active);
	t->stack_base = caller_frame();
	t->stack_size = size_below(t->stack_base, t->stack_size);
	begin(t);
	steer_expect_thread(-1);
	thread_open(t);
	return t->start(t->argument);
}

/* ---- the first thread ------------------------------------------------------------------------------------------- */

/* Other mappings lie below the room that its limit gives it. */
static cold size_t first_stack_size(void)
{
	struct rlimit limit;

	return !getrlimit(RLIMIT_STACK, &limit) && limit.rlim_cur < LONGEST_STACK ? limit.rlim_cur : LONGEST_STACK;
}

cold bool threads_init(void)
{
	struct thread *t = state_new();

	if (!t)
		return false;
	if (!threads.has_key)
		threads.has_key = !pthread_key_create(&threads.key, end_round);
	t->stack_base = (uintptr_t)__libc_stack_end;
	t->stack_size = first_stack_size();
	begin(t);
	thread_open(t);
	return true;
}

cold void threads_reset_in_child(struct thread *t)
{
	table_clear(&threads.by_handle);
	for (struct thread *other = threads_all(); other; other = other->next_state)
		other->index = 0;
	thread_states_reset(t);
}

cold void thread_forget(void)
{
	thread_active = NULL;
	thread_hot.slot = NULL;
	life = LIFE_NEW;
}

cold bool thread_begin_in_child(struct thread *t)
{
	if (!state_has_slot(t))
		return false;
	state_begin(t);
	begin(t);
	return true;
}
