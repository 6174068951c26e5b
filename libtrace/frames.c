/* SPDX-License-Identifier: MIT */
/* Stacks of living threads, and the frames of the objects in them. */
#include "frames.h"

#include "lock.h"
#include "pages.h"
#include "context.h"
#include "table.h"
#include "wait_graph.h"

enum {
	LARGEST_TLS = 64 << 20,
	PER_BLOCK = 128,
};

static struct owned {
	uintptr_t low, high;		/* high is 0: nobody's */
	uintptr_t lowest;		/* of the addresses noted; `high` when there are none */
	struct thread *thread;
} *stacks[WAIT_MAX_SLOTS / PER_BLOCK + 1];	/* blocks, by slot */
static uint32_t n_slots;		/* that have had a thread */
static struct lock stacks_lock;		/* makes blocks */

static struct table frames;		/* address -> union frame */

/* The return address next above an object, and how far above it lies.  0: unknown. */
union frame {
	struct {
		uint64_t pc : 48;
		uint64_t distance : 16;	/* in words */
	};
	uint64_t word;
};

/* NULL: there is no memory, and no frame of that thread is known. */
static cold struct owned *stack_of(const struct thread *t)
{
	struct owned *block = __atomic_load_n(&stacks[t->slot_index / PER_BLOCK], __ATOMIC_ACQUIRE);

	return block ? &block[t->slot_index % PER_BLOCK] : NULL;
}

static cold struct owned *make_stack(const struct thread *t)
{
	struct owned **block = &stacks[t->slot_index / PER_BLOCK];

	/* A slot is used again more often than not. */
	if (t->slot_index < __atomic_load_n(&n_slots, __ATOMIC_ACQUIRE) && stack_of(t))
		return stack_of(t);
	lock_acquire(&stacks_lock);
	if (!*block)
		__atomic_store_n(block, pages_new(PER_BLOCK * sizeof(**block)), __ATOMIC_RELEASE);
	if (n_slots <= t->slot_index)
		__atomic_store_n(&n_slots, t->slot_index + 1, __ATOMIC_RELEASE);
	lock_release(&stacks_lock);
	return stack_of(t);
}

cold void frames_thread_begin(struct thread *t)
{
	uintptr_t self = (uintptr_t)pthread_self(), high = t->stack_base;
	struct owned *mine = make_stack(t);

	if (!mine)
		return;
	if (self > high && self - high < LARGEST_TLS)
		high = self;
	mine->thread = t;
	mine->low = t->stack_base - t->stack_size;
	mine->lowest = high;
	__atomic_store_n(&mine->high, high, __ATOMIC_RELEASE);
}

cold void frames_thread_end(struct thread *t, uintptr_t *ret_start, uintptr_t *ret_end)
{
	struct owned *mine = stack_of(t);

	*ret_start = *ret_end = 0;
	if (!mine)
		return;
	*ret_start = mine->lowest;
	*ret_end = mine->high;
	__atomic_store_n(&mine->high, 0, __ATOMIC_RELEASE);
}

static cold void find_nearer(struct owned *block, uint32_t n, uintptr_t address, uintptr_t *high, struct thread **owner)
{
	for (uint32_t i = 0; block && i < n && i < PER_BLOCK; i++) {
		uintptr_t its_high = __atomic_load_n(&block[i].high, __ATOMIC_ACQUIRE);

		if (address < its_high && address >= block[i].low && its_high < *high) {
			*high = its_high;
			*owner = block[i].thread;
		}
	}
}

/* A stack's size is known but roughly, so ranges may overlap: the nearest end above the address is its own. */
cold struct thread *frames_owner(uintptr_t address)
{
	uint32_t n = __atomic_load_n(&n_slots, __ATOMIC_ACQUIRE);
	uintptr_t high = UINTPTR_MAX;
	struct thread *owner = NULL;

	for (uint32_t i = 0; i < n; i += PER_BLOCK)
		find_nearer(stacks[i / PER_BLOCK], n - i, address, &high, &owner);
	return owner;
}

static uintptr_t first_word(uintptr_t address)
{
	return address & ~(uintptr_t)7;
}

static cold union frame frame_now(const struct thread *owner, uintptr_t address)
{
	uint64_t place, pc, distance;

	if (!context_find_return(owner, address, &place, &pc))
		return (union frame){0};
	distance = (place - first_word(address)) / 8;
	return distance <= UINT16_MAX ? (union frame){.pc = pc, .distance = distance} : (union frame){0};
}

static bool has_word_above(const struct thread *owner, uintptr_t address, union frame frame)
{
	uintptr_t place = first_word(address) + frame.distance * sizeof(uint64_t);

	return place < owner->stack_base && *(const uint64_t *)place == frame.pc;
}

cold void frames_note(struct thread *owner, uintptr_t address)
{
	struct owned *stack = stack_of(owner);
	uintptr_t lowest;
	bool is_new;
	uint64_t *place;

	lowest = __atomic_load_n(&stack->lowest, __ATOMIC_RELAXED);
	while (address < lowest && !__atomic_compare_exchange_n(&stack->lowest, &lowest, address, false, __ATOMIC_RELEASE,
								__ATOMIC_RELAXED))
		;
	place = address < owner->stack_base ? table_insert(&frames, address, &is_new) : NULL;
	if (place)
		__atomic_store_n(place, frame_now(owner, address).word, __ATOMIC_RELEASE);
}

/* Its owner may have gone where nothing is known of its stack: then the word itself says it. */
cold bool frames_still_there(uintptr_t address)
{
	struct thread *owner = frames_owner(address);
	const uint64_t *place = owner ? table_find(&frames, address) : NULL;
	union frame then, now;

	if (!place)
		return true;
	then.word = __atomic_load_n(place, __ATOMIC_ACQUIRE);
	now = frame_now(owner, address);
	if (now.word)
		return now.word == then.word;
	return !then.word || has_word_above(owner, address, then);
}

cold void frames_reset(void)
{
	table_clear(&frames);
	for (uint32_t i = 0; i < n_slots; i += PER_BLOCK) {
		pages_free(stacks[i / PER_BLOCK], PER_BLOCK * sizeof(**stacks));
		stacks[i / PER_BLOCK] = NULL;
	}
	n_slots = 0;
	stacks_lock.word = 0;
}
