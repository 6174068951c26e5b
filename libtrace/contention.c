/* SPDX-License-Identifier: MIT */
/* Counts what waiting for locks costs. */
#include "contention.h"

#include "arena.h"
#include "lock.h"
#include "objects.h"
#include "table.h"

enum {
	MAX_TOLD_APART = 1 << 15,	/* cells of locks, ... */
	MAX_CELLS = 1 << 16,		/* ... and with those that are only of places */
	PER_CHUNK = (TRACE_CHUNK_SIZE - sizeof(struct chunk_header)) / sizeof(struct trace_contention),
};

static struct {
	struct lock lock;		/* makes cells */
	struct table cells;		/* key_of() -> pointer to the cell */
	struct chunk_header *chunk;
	uint32_t n_cells;
} contention;

/* Where the owner has taken it, as far as its own books still say. */
static cold uint32_t taken_at(const struct live_view *view, const struct live_slot *owner, const struct live_want *want)
{
	uint32_t n;
	const struct live_hold *holds = live_holds_of(view, owner, &n);

	while (n-- > 0)
		if (holds[n].address == want->address && holds[n].kind == want->kind)
			return holds[n].stack;
	return 0;
}

/* A thread that seems to be in the way, or NULL.  Of the readers of a lock any will do; where there are very many threads
 * they are not looked for. */
static cold const struct live_slot *find_owner(const struct live_view *view, const struct live_slot *slot,
					       const struct live_want *want)
{
	uint32_t n = live_n_slots(view);

	if (slot->want_owner)
		return live_slot_at(view, slot->want_owner - 1);
	if (want->kind == OBJECT_MUTEX || n > TRACE_SLOTS_PER_CHUNK)
		return NULL;
	if (want->kind != OBJECT_SEM)
		return live_slot_at(view, wait_next(view, slot, 0));
	/* Nobody is known to be in the way, for anybody may post it: but who has taken it will. */
	for (const struct thread *t = threads_all(); t; t = t->next_state) {
		const struct live_slot *other = t->slot;

		if (other && other != slot && other->state != SLOT_FREE && taken_at(view, other, want))
			return other;
	}
	return NULL;
}

/* These are published by threads that need not wait: the lock is not tried first. */
static bool may_be_free(enum object_kind kind)
{
	return kind == OBJECT_ONCE || kind == OBJECT_GUARD || kind == OBJECT_SPIN;
}

/* ---- cells ------------------------------------------------------------------------------------------------------ */

static cold uint64_t key_of(const struct trace_contention *cell)
{
	uint64_t key = mix64((uint64_t)cell->object << 32 | cell->stack);

	return mix64(key ^ ((uint64_t)cell->mode << 32 | cell->owner_stack)) | 1;
}

/* Called with the lock. */
static cold struct trace_contention *cell_new(const struct trace_contention *what)
{
	struct chunk_header *chunk = contention.chunk;
	struct trace_contention *cell;
	uint32_t number;

	if (contention.n_cells == MAX_CELLS)
		return NULL;
	if (contention.n_cells % PER_CHUNK == 0)
		chunk = arena_chunk_new(CHUNK_CONTENTION, &number);
	if (!chunk)
		return NULL;
	contention.chunk = chunk;
	cell = (struct trace_contention *)(chunk + 1) + contention.n_cells++ % PER_CHUNK;
	*cell = *what;
	__atomic_store_n(&chunk->committed, chunk->committed + (uint32_t)sizeof(*cell), __ATOMIC_RELEASE);
	return cell;
}

static cold struct trace_contention *cell_add(const struct trace_contention *what)
{
	bool is_new;
	uint64_t *place = table_insert(&contention.cells, key_of(what), &is_new);
	struct trace_contention *cell;

	if (!place)
		return NULL;
	lock_acquire(&contention.lock);
	cell = (void *)*place;
	if (!cell) {
		cell = cell_new(what);
		__atomic_store_n(place, (uintptr_t)cell, __ATOMIC_RELEASE);
	}
	lock_release(&contention.lock);
	return cell;
}

static cold struct trace_contention *cell_of(struct trace_contention what)
{
	uint64_t *place = table_find(&contention.cells, key_of(&what));
	struct trace_contention *cell = place ? (void *)__atomic_load_n(place, __ATOMIC_ACQUIRE) : NULL;

	if (cell)
		return cell;
	if (what.object && __atomic_load_n(&contention.n_cells, __ATOMIC_RELAXED) >= MAX_TOLD_APART) {
		arena_count_cap(CAP_CONTENTION);
		what.object = 0;
		return cell_of(what);
	}
	return cell_add(&what);
}

/* ---- waits ------------------------------------------------------------------------------------------------------ */

cold void contention_begin(struct thread *t, const struct live_want *want, enum object_mode mode,
			   struct contention_wait *ret_wait)
{
	struct live_view view = arena_view();
	const struct live_slot *owner = mode == MODE_TOKEN ? NULL : find_owner(&view, t->slot, want);

	*ret_wait = (struct contention_wait){.since_ns = t->slot->want_since_ns};
	if (mode == MODE_TOKEN || (may_be_free(want->kind) && !owner))
		return;
	thread_enter(t);
	ret_wait->owner = owner ? owner->thread : 0;
	ret_wait->cell = cell_of((struct trace_contention){
		.object = object_id(t, want->address, want->kind, want->stack),
		.stack = want->stack,
		.owner_stack = owner ? taken_at(&view, owner, want) : 0,
		.mode = (uint8_t)mode,
	});
	thread_leave(t);
}

/* Who has the lock for itself is alone in its cells, but readers are not, nor is who gave up waiting.  Returns whether it took
 * longer than ever. */
static cold bool add_time(uint64_t took, uint64_t *n, uint64_t *total, uint64_t *longest)
{
	uint64_t before = __atomic_load_n(longest, __ATOMIC_RELAXED);

	__atomic_fetch_add(total, took, __ATOMIC_RELAXED);
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
	while (took > before)
		if (__atomic_compare_exchange_n(longest, &before, took, false, __ATOMIC_RELAXED, __ATOMIC_RELAXED))
			return true;
	return false;
}

cold void contention_end(struct thread *t, struct contention_wait *wait)
{
	struct trace_contention *cell = wait->cell;

	if (!cell)
		return;
	wait->until_ns = now_ns();
	if (add_time(wait->until_ns - wait->since_ns, &cell->n, &cell->total_ns, &cell->longest_ns)) {
		cell->longest_thread = t->index;
		cell->longest_owner = wait->owner;
	}
}

/* ---- holds ------------------------------------------------------------------------------------------------------ */

cold void contention_acquired(struct thread *t, const struct live_want *want, const struct contention_wait *wait)
{
	uint32_t n = t->slot->n_holds, number = t->n_timed++ % TIMED_HOLDS;
	struct live_hold *hold;

	if (!wait->cell || want->kind != OBJECT_MUTEX || !n)
		return;
	hold = &t->holds[n - 1];
	if (hold->address != want->address)
		return;		/* there was no room for it */
	t->timed[number] = (struct thread_timed){hold->address, wait->cell, wait->until_ns};
	hold->timed = (uint16_t)(number + 1);
}

/* Of many that are held at once the last ones are timed. */
cold void contention_released(struct thread *t, struct live_hold *hold)
{
	const struct thread_timed *timed = &t->timed[hold->timed - 1];

	if (timed->address == hold->address)
		add_time(now_ns() - timed->since_ns, &timed->cell->n_holds, &timed->cell->held_ns,
			 &timed->cell->longest_held_ns);
	hold->timed = 0;
}

cold void contention_reset(void)
{
	table_clear(&contention.cells);
	contention.lock.word = 0;
	contention.chunk = NULL;
	contention.n_cells = 0;
}
