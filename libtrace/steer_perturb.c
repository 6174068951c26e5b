/* SPDX-License-Identifier: MIT */
/* Random delays, to see orders of operations that a plain run does not show. */
#include "steer_perturb.h"

#include "lock.h"
#include "table.h"

#include <errno.h>
#include <time.h>

enum {
	STEPS_OF_PHASE = 8, /* for which a thread is slow, or is not */
	SLOW_PHASES = 4,    /* one of so many is slow */
	SHORTEST_NS = 20000,
	DOUBLINGS = 8,	  /* the longest delay is 5 ms */
	MANY_STEPS = 512, /* from then on delays become rare */
};

static __thread uint32_t n_steps __attribute__((tls_model("initial-exec")));

static uint64_t draw(const struct thread *t, uint64_t seed, uint64_t what)
{
	return mix64(mix64(seed ^ (uint64_t)t->serial << 32) ^ what) >> 8;
}

/* One of how many steps is delayed. */
static uint64_t rarity(const struct thread *t, uint64_t seed)
{
	bool is_slow = draw(t, seed, ~(uint64_t)(n_steps / STEPS_OF_PHASE)) % SLOW_PHASES == 0;
	uint64_t of = is_slow ? 2 : t->slot->n_holds ? 8 : 16;

	return n_steps < MANY_STEPS ? of : of * n_steps / MANY_STEPS;
}

cold void perturb(const struct thread *t, uint64_t seed)
{
	uint64_t number = draw(t, seed, ++n_steps);
	struct timespec delay = {.tv_nsec = SHORTEST_NS << (number >> 32) % (DOUBLINGS + 1)};

	int saved_errno = errno;

	if (number % rarity(t, seed) == 0)
		real.syscall(SYS_nanosleep, &delay, NULL);
	errno = saved_errno;
}
