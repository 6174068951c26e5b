/* SPDX-License-Identifier: MIT */
/* The history of each semaphore, of the places that make them, and of those that try them. */
#include "semaphores.h"

/* A place in the program of which so many were posted by others makes signals: Python makes one for each wait. */
enum { MAX_HANDED_OFF = 256 };

enum { NEAR = 256 };			/* bytes of the stack */

struct table semaphores;

static struct table handed_off;	/* stack of an initialisation -> how many from there were posted by others */
static struct table leavers;	/* address of a semaphore that is left -> who had it, and in which segment */
static struct table insisting;	/* a call of sem_trywait() that was followed by a wait when it failed */

static cold void set_known(const sem_t *s, union semaphore known)
{
	bool is_new;
	uint64_t *place = table_insert(&semaphores, (uintptr_t)s, &is_new);

	if (place)
		__atomic_store_n(place, known.word, __ATOMIC_RELEASE);
}

static cold void set_use(const sem_t *s, enum semaphore_use use, uint32_t stack)
{
	set_known(s, (union semaphore){{.use = use, .n_open = semaphore_known(s).n_open, .stack = stack}});
}

/* Does the place with this stack make signals? */
static cold bool makes_signals(uint32_t stack)
{
	const uint64_t *count = stack ? table_find(&handed_off, stack) : NULL;

	return count && __atomic_load_n(count, __ATOMIC_RELAXED) >= MAX_HANDED_OFF;
}

static cold enum semaphore_use first_use(int value, uint32_t stack)
{
	return value == 1 && !makes_signals(stack) ? USE_LOCK : USE_SIGNAL;
}

cold bool semaphore_is_one_of_many(const sem_t *s)
{
	return makes_signals(semaphore_known(s).stack);
}

cold void semaphores_forget_places(void)
{
	uint64_t position = 0, key;

	table_clear(&handed_off);
	while ((key = table_next(&semaphores, &position)))
		set_use((const sem_t *)key, semaphore_use((const sem_t *)key), 0);
}

/* ---- where they come from ---------------------------------------------------------------------------------------- */

cold void semaphore_made(struct thread *t, const sem_t *s, int value, uint32_t stack)
{
	set_use(s, first_use(value, stack), stack);
	t->made = t->has_made ? 0 : (uintptr_t)s;
	t->has_made = true;
}

cold bool semaphore_opened(const sem_t *s)
{
	union semaphore known = semaphore_known(s);

	known.n_open++;
	set_known(s, known);
	return known.n_open == 1;
}

cold void semaphore_opened_first(sem_t *s, uint32_t stack)
{
	union semaphore known = semaphore_known(s);
	int value;

	known.use = first_use(sem_getvalue(s, &value) ? 0 : value, stack);
	known.stack = stack;
	set_known(s, known);
}

cold bool semaphore_closed_last(const sem_t *s)
{
	union semaphore known = semaphore_known(s);

	if (known.n_open)
		known.n_open--;
	set_known(s, known);
	return !known.n_open;
}

/* ---- taking and giving back -------------------------------------------------------------------------------------- */

static cold void taken_by_maker(struct thread *t, const sem_t *s)
{
	union semaphore known = semaphore_known(s);

	if (t->made == (uintptr_t)s && !known.is_given_back)
		known.is_of_maker = true;
	set_known(s, known);
	t->made = 0;
}

static cold uint64_t taken_from_maker(const sem_t *s)
{
	uint64_t left = *table_find(&leavers, (uintptr_t)s);
	union semaphore known = semaphore_known(s);

	known.is_left = false;
	set_known(s, known);
	return left;
}

cold bool semaphore_taken(struct thread *t, const sem_t *s, uint64_t *ret_left)
{
	bool is_left = semaphore_known(s).is_left;

	if (t->made)
		taken_by_maker(t, s);
	if (is_left)
		*ret_left = taken_from_maker(s);
	return is_left;
}

cold bool semaphore_given_back(struct thread *t, const sem_t *s)
{
	union semaphore known = semaphore_known(s);
	bool is_new;
	uint64_t *left = known.is_of_maker ? table_insert(&leavers, (uintptr_t)s, &is_new) : NULL;

	known.is_given_back = true;
	known.is_left = left != NULL;
	if (left)
		*left = (uint64_t)t->index << 32 | t->segment;
	set_known(s, known);
	return left;
}

cold void semaphore_is_signal(const sem_t *s)
{
	uint32_t made_at = semaphore_known(s).stack;
	bool is_new;
	uint64_t *count = made_at ? table_insert(&handed_off, made_at, &is_new) : NULL;

	if (count)
		__atomic_fetch_add(count, 1, __ATOMIC_RELAXED);
	set_use(s, USE_SIGNAL, made_at);
}

/* ---- trying first, and waiting then ------------------------------------------------------------------------------ */

/* The same function, or one that it calls: their frames are side by side. */
static bool is_near(uintptr_t frame, uintptr_t other)
{
	return frame - other + NEAR <= 2 * NEAR;
}

cold void semaphore_tried_in_vain(struct thread *t, const sem_t *s, uintptr_t pc, uintptr_t frame)
{
	union semaphore known = semaphore_known(s);

	t->in_vain = (struct thread_try){
		.address = (uintptr_t)s,
		.pc = pc,
		.frame = frame,
		.is_first = known.use != USE_UNKNOWN && !known.is_given_up,
	};
}

cold void semaphore_after_try(struct thread *t, const sem_t *s, uintptr_t frame)
{
	union semaphore known = semaphore_known((const sem_t *)t->in_vain.address);
	bool is_new;

	if ((uintptr_t)s == t->in_vain.address && is_near(frame, t->in_vain.frame)) {
		table_insert(&insisting, t->in_vain.pc, &is_new);
	} else if (known.use != USE_UNKNOWN && !known.is_given_up) {
		known.is_given_up = true;
		set_known((const sem_t *)t->in_vain.address, known);
	}
	t->in_vain = (struct thread_try){0};
}

bool semaphore_is_insisted_on(const sem_t *s, uintptr_t pc)
{
	union semaphore known = semaphore_known(s);

	return known.use == USE_LOCK && !known.is_given_up && table_find(&insisting, pc);
}
