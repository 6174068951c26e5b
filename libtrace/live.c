/* SPDX-License-Identifier: MIT */
/* The live table: slots, waits, and the moment a cycle closes. */
#include "live.h"

#include "arena.h"
#include "full.h"
#include "lock.h"
#include "log.h"
#include "objects.h"
#include "options.h"
#include "pages.h"
#include "stops.h"
#include "table.h"
#include "words.h"
#include "writer.h"

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum {
	MAX_TID = 1 << 22,		/* the kernel's PID_MAX_LIMIT */
	N_REPORTED = 64,
};

static struct {
	struct lock lock;
	uint32_t n_slots;
	uint16_t *slot_of_tid;		/* by TID: slot number + 1 */
	struct trace_bell *bell;
	/* what follows is for closing cycles */
	struct lock cycle_lock;
	uint64_t reported[N_REPORTED];	/* signatures of the latest cycles */
	uint32_t n_reported;
	struct wait_search search;
	struct record_held held[MAX_HOLDS];
} live;

_Static_assert(WAIT_MAX_SLOTS <= UINT16_MAX, "a slot number fits slot_of_tid");

/* ---- waits ------------------------------------------------------------------------------------------------------ */

static void publish(struct live_slot *slot, const struct live_want *want)
{
	slot->want_address = want->address;
	slot->want_kind = (uint8_t)want->kind;
	slot->want_mode = (uint8_t)want->mode;
	slot->want_flags = (uint8_t)want->flags;
	slot->want_stack = want->stack;
	slot->want_aux = want->aux;
	slot->want_owner = want->kind == OBJECT_MUTEX ? live_slot_of_tid(words_mutex_owner(want->address)) : 0;
	slot->want_since_ns = now_ns();
	__atomic_store_n(&slot->epoch, slot->epoch | 1, __ATOMIC_RELEASE);
	/* Two threads that close one cycle together: each publishes before it looks, so one of them sees it. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static void unpublish(struct live_slot *slot)
{
	__atomic_store_n(&slot->epoch, (slot->epoch | 1) + 1, __ATOMIC_RELEASE);
}

/* glibc answers EDEADLK to a join of oneself and to two threads that join each other. */
static cold bool is_refused_by_glibc(const struct live_view *view, const struct wait_search *search)
{
	for (uint32_t i = 0; i < search->n; i++)
		if (live_slot_at(view, search->steps[i].slot)->want_kind != OBJECT_THREAD)
			return false;
	return search->n <= 2;
}

static cold bool was_reported(const struct wait_search *search)
{
	uint64_t signature = 0;

	for (uint32_t i = 0; i < search->n; i++)
		signature += mix64((uint64_t)search->steps[i].slot << 32 | search->steps[i].epoch);
	for (uint32_t i = 0; i < N_REPORTED; i++)
		if (live.reported[i] == signature)
			return true;
	live.reported[live.n_reported++ % N_REPORTED] = signature;
	return false;
}

static cold uint32_t copy_holds(struct thread *t, const struct live_view *view, const struct live_slot *slot)
{
	uint32_t n;
	const struct live_hold *hold = live_holds_of(view, slot, &n);

	for (uint32_t i = 0; i < n; i++)
		live.held[i] = (struct record_held){
			.object = object_id(t, hold[i].address, hold[i].kind, hold[i].stack),
			.stack = hold[i].stack,
			.mode = hold[i].mode & MODE_MASK,
			.flags = hold[i].mode & MODE_INHERITED ? DEP_INHERITED : 0,
		};
	return n;
}

static cold void record_part(struct thread *t, const struct live_view *view, const struct live_slot *slot,
			     uint32_t position, uint32_t of)
{
	struct record_stuck fact = {
		.h.thread = slot->thread,
		.deadlock = snag_trace->n_deadlocks + 1,
		.position = position,
		.of = of,
		.object = slot->want_kind == OBJECT_THREAD ?
				  object_of_thread(t, (uint32_t)slot->want_address) :
				  object_id(t, slot->want_address, slot->want_kind, slot->want_stack),
		.stack = slot->want_stack,
		.kind = slot->want_kind,
		.mode = slot->want_mode,
		.flags = slot->want_flags,
		.since_ns = slot->want_since_ns,
		.n_held = copy_holds(t, view, slot),
	};

	writer_append(RECORD_STUCK, &fact, sizeof(fact), live.held, fact.n_held * sizeof(*live.held));
}

cold void live_ring(void)
{
	if (!live.bell)
		return;
	__atomic_fetch_add(&live.bell->rings, 1, __ATOMIC_RELEASE);
	syscall(SYS_futex, &live.bell->rings, FUTEX_WAKE, INT_MAX, NULL, NULL, 0);
}

/* Called with the cycle lock. */
static cold bool record_cycle(struct thread *t, const struct live_view *view)
{
	const struct wait_search *found = &live.search;

	if (!wait_graph_find_cycle(view, t->slot_index, &live.search) || is_refused_by_glibc(view, found) ||
	    was_reported(found))
		return false;
	for (uint32_t i = 0; i < found->n; i++)
		record_part(t, view, live_slot_at(view, found->steps[i].slot), i, found->n);
	__atomic_fetch_add(&snag_trace->n_deadlocks, 1, __ATOMIC_RELEASE);
	log_deadlock(view, found);
	return true;
}

static cold void close_cycle(struct thread *t, const struct live_view *view)
{
	bool is_closed;

	thread_enter(t);
	lock_acquire(&live.cycle_lock);
	is_closed = record_cycle(t, view);
	lock_release(&live.cycle_lock);
	if (is_closed) {
		live_ring();
		snag_on_deadlock();
	}
	thread_leave(t);
}

/* A first look, at one neighbour only: does anybody wait for this thread at all, and does one that is in its way wait
 * itself?  Most waits end here.  Reads the table only: the memory of a lock that another thread waits for may go at any
 * time. */
static bool may_close_cycle(const struct live_view *view, const struct live_slot *slot)
{
	uint32_t i, epoch;

	if (slot->want_flags & DEP_TIMED || (slot->want_mode == MODE_TOKEN && slot->want_kind != OBJECT_THREAD))
		return false;
	if (!slot->n_holds && !__atomic_load_n(&slot->joiner, __ATOMIC_ACQUIRE))
		return false;
	if (slot->want_owner && !wait_is_endless(live_slot_at(view, slot->want_owner - 1), &epoch))
		return false;
	for (i = wait_next(view, slot, 0); i != WAIT_NOBODY; i = wait_next(view, slot, i + 1))
		if (wait_is_endless(live_slot_at(view, i), &epoch))
			return true;
	return false;
}

void live_wait_begin(struct thread *t, const struct live_want *want, struct live_saved *ret_saved)
{
	struct live_slot *slot = t->slot;
	struct live_view view = arena_view();

	ret_saved->was_waiting = slot->epoch & 1;
	if (ret_saved->was_waiting) {
		ret_saved->want = (struct live_want){slot->want_address, slot->want_kind,  slot->want_mode,
						     slot->want_flags,   slot->want_stack, slot->want_aux};
		unpublish(slot);
	}
	publish(slot, want);
	full_time_passes(t);
	if (want->mode != MODE_TOKEN || want->kind == OBJECT_SEM)
		stops_look(STOP_WAITING, want->address, want->kind);
	if (may_close_cycle(&view, slot))
		close_cycle(t, &view);
}

void live_wait_end(struct thread *t, const struct live_saved *saved)
{
	unpublish(t->slot);
	if (saved->was_waiting)
		publish(t->slot, &saved->want);
}

exported __attribute__((noinline)) void snag_on_deadlock(void)
{
	__asm__ volatile("" ::: "memory");
}

/* ---- slots ------------------------------------------------------------------------------------------------------ */

/* Called with the lock. */
static cold bool add_chunk(void)
{
	struct trace_header *header = snag_trace;
	uint32_t number;

	if (header->n_live_chunks == TRACE_MAX_LIVE_CHUNKS || !arena_chunk_new(CHUNK_LIVE, &number)) {
		arena_count_cap(CAP_THREADS);
		return false;
	}
	header->live_chunk[header->n_live_chunks] = number;
	__atomic_store_n(&header->n_live_chunks, header->n_live_chunks + 1, __ATOMIC_RELEASE);
	return true;
}

cold struct live_slot *live_slot_new(uint32_t *ret_index)
{
	struct live_view view;
	struct live_slot *slot = NULL;

	lock_acquire(&live.lock);
	if (live.n_slots < snag_trace->n_live_chunks * TRACE_SLOTS_PER_CHUNK || add_chunk()) {
		view = arena_view();
		*ret_index = live.n_slots++;
		slot = (struct live_slot *)live_slot_at(&view, *ret_index);
		slot->holds_capacity = TRACE_INLINE_HOLDS;
		slot->holds_offset = arena_offset(slot->inline_holds);
		slot->no_hold.address = 1;
	}
	lock_release(&live.lock);
	return slot;
}

/* Moves the thread's holds out of its slot; the room stays with the slot for good. */
cold bool live_holds_grow(struct thread *t)
{
	uint64_t *chain = pages_new((MAX_HOLDS + 1) * sizeof(*chain));
	struct record_held *scratch = pages_new((MAX_HOLDS + 1) * sizeof(*scratch));
	struct chunk_header *chunk = NULL;
	uint32_t number;

	if (t->slot->holds_capacity == TRACE_INLINE_HOLDS && chain && scratch)
		chunk = arena_chunk_new(CHUNK_HOLDS, &number);
	if (!chunk) {
		pages_free(chain, (MAX_HOLDS + 1) * sizeof(*chain));
		pages_free(scratch, (MAX_HOLDS + 1) * sizeof(*scratch));
		arena_count_cap(CAP_HOLDS);
		return false;
	}
	memcpy(chain, t->chain, (t->slot->n_holds + 1) * sizeof(*chain));
	memcpy(chunk + 1, t->holds, t->slot->n_holds * sizeof(*t->holds));
	t->chain = chain;
	t->scratch = scratch;
	t->holds = (void *)(chunk + 1);
	__atomic_store_n(&t->slot->holds_offset, arena_offset(t->holds), __ATOMIC_RELEASE);
	__atomic_store_n(&t->slot->holds_capacity, MAX_HOLDS, __ATOMIC_RELEASE);
	return true;
}

cold void live_set_tid(uint32_t tid, uint32_t slot_number)
{
	if (!live.slot_of_tid)
		live.slot_of_tid = pages_new(MAX_TID * sizeof(*live.slot_of_tid));
	if (live.slot_of_tid && tid < MAX_TID)
		__atomic_store_n(&live.slot_of_tid[tid], (uint16_t)slot_number, __ATOMIC_RELEASE);
}

uint32_t live_slot_of_tid(uint32_t tid)
{
	return live.slot_of_tid && tid < MAX_TID ? __atomic_load_n(&live.slot_of_tid[tid], __ATOMIC_ACQUIRE) : 0;
}

cold void live_open_bell(void)
{
	char path[PATH_MAX + 8];
	void *bell;
	int fd;

	stpcpy(stpcpy(path, options.dir), "/" TRACE_BELL_NAME);
	fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
	if (fd < 0)
		return;
	bell = mmap(NULL, TRACE_HEADER_SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (bell != MAP_FAILED && lseek(fd, 0, SEEK_END) >= (off_t)sizeof(struct trace_bell))
		live.bell = bell;
	close(fd);
}

cold void live_reset(void)
{
	pages_free(live.slot_of_tid, MAX_TID * sizeof(*live.slot_of_tid));
	live.slot_of_tid = NULL;
	live.n_slots = 0;
	live.lock.word = live.cycle_lock.word = 0;
}
