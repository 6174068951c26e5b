/* SPDX-License-Identifier: MIT */
/* Random delays, to see orders of operations that a plain run does not show. */
#include "steer_perturb.h"

#include "lock.h"
#include "objects.h"
#include "options.h"
#include "steer_schedule.h"
#include "table.h"

#include <errno.h>
#include <time.h>

enum {
	STEPS_OF_PHASE = 8, /* for which a thread is slow, or is not */
	SLOW_PHASES = 4,    /* one of so many is slow, ... */
	SLOW_RARITY = 2,    /* ... with a delay at one of so many steps */
	SHORTEST_NS = 20000,
};

/* How threads are delayed. */
struct pace {
	uint32_t free_rarity, within_rarity; /* one of so many steps, without and with a lock in hand */
	uint32_t n_doublings;		     /* of the shortest delay, for the longest */
	uint32_t many_steps;		     /* from then on delays become rare */
};

static const struct pace pace_anywhere = {16, 8, 8, 512}; /* up to 5 ms */
static const struct pace pace_at_locks = {16, 2, 12, 64}; /* up to 82 ms: there are few steps, and each may be the one */

static __thread uint32_t n_steps __attribute__((tls_model("initial-exec")));

static struct lock lock;
static struct schedule where; /* no sites: anywhere */

static uint64_t draw(const struct thread *t, uint64_t what)
{
	return mix64(mix64(options.seed ^ (uint64_t)t->serial << 32) ^ what) >> 8;
}

static cold uint64_t rarity(const struct thread *t, const struct pace *pace)
{
	bool is_slow = draw(t, ~(uint64_t)(n_steps / STEPS_OF_PHASE)) % SLOW_PHASES == 0;
	uint64_t of = is_slow ? SLOW_RARITY : t->slot->n_holds ? pace->within_rarity : pace->free_rarity;

	return n_steps < pace->many_steps ? of : of * n_steps / pace->many_steps;
}

static cold void step(const struct thread *t)
{
	const struct pace *pace = where.n_sites ? &pace_at_locks : &pace_anywhere;
	uint64_t number = draw(t, ++n_steps);
	struct timespec delay = {.tv_nsec = SHORTEST_NS << (number >> 32) % (pace->n_doublings + 1)};
	int saved_errno = errno;

	if (number % rarity(t, pace) == 0)
		real.syscall(SYS_nanosleep, &delay, NULL);
	errno = saved_errno;
}

/* Is this one of the places, or a lock that is spoken of?  A lock without an id is in no circle yet. */
static cold bool is_spoken_of(struct thread *t, uint64_t address, enum object_kind kind, uint32_t stack)
{
	bool is;

	thread_enter(t);
	lock_acquire(&lock);
	is = schedule_sites(&where, stack) ||
	     (kind != OBJECT_THREAD && schedule_names(&where, object_find(t, address, kind, stack)));
	lock_release(&lock);
	thread_leave(t);
	return is;
}

cold void perturb_before(struct thread *t, const struct live_want *want)
{
	if (!where.n_sites || is_spoken_of(t, want->address, want->kind, want->stack))
		step(t);
}

/* With nothing in its hands a thread is delayed before what it does next. */
static cold bool is_within(struct thread *t)
{
	for (uint32_t i = 0; i < t->slot->n_holds; i++) {
		const struct live_hold *hold = &t->holds[i];

		if (is_spoken_of(t, hold->address, hold->kind, hold->stack))
			return true;
	}
	return false;
}

cold void perturb_after_release(struct thread *t)
{
	if (!where.n_sites || is_within(t))
		step(t);
}

cold void perturb_init(void)
{
	if (options.schedule[0])
		schedule_read(&where, options.schedule);
}

cold void perturb_reset(void)
{
	lock.word = 0;
}
