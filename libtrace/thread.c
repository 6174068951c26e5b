/* SPDX-License-Identifier: MIT */
/* The states of threads: made once, lent to a thread, and lent again after its end. */
#include "thread.h"

#include "lock.h"
#include "pages.h"

__thread struct thread_hot thread_hot __attribute__((tls_model("initial-exec"), visibility("hidden")));

static struct {
	struct lock lock;
	struct thread *free;
	struct thread *all;
} states;

static cold struct thread *state_make(void)
{
	struct thread *t = pages_new(sizeof(*t));

	if (!t)
		return NULL;
	t->seen_mask = SEEN_FIRST - 1;
	t->next_state = states.all;
	__atomic_store_n(&states.all, t, __ATOMIC_RELEASE);
	return t;
}

cold struct thread *thread_state_new(void)
{
	struct thread *t;

	lock_acquire(&states.lock);
	t = states.free;
	if (t)
		states.free = t->next_free;
	else
		t = state_make();
	lock_release(&states.lock);
	return t;
}

cold void thread_state_free(struct thread *t)
{
	lock_acquire(&states.lock);
	t->next_free = states.free;
	states.free = t;
	lock_release(&states.lock);
}

struct thread *threads_all(void)
{
	return __atomic_load_n(&states.all, __ATOMIC_ACQUIRE);
}

cold void thread_states_reset(struct thread *t)
{
	states.lock.word = 0;
	states.free = NULL;
	for (struct thread *other = states.all; other; other = other->next_state) {
		other->slot = NULL;
		if (other != t)
			thread_state_free(other);
	}
}
