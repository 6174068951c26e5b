/* SPDX-License-Identifier: MIT */
/* Address -> identity of a lock. */
#include "objects.h"

#include "arena.h"
#include "lock.h"
#include "table.h"
#include "words.h"
#include "writer.h"

uint32_t objects_epoch;

static struct lock objects_lock;	/* makes ids */
static struct table objects;		/* address -> struct entry, packed */
static uint32_t n_objects;

/* What the table knows of an address, in 64 bits. */
struct entry {
	uint64_t id : 24;		/* 0: not in the trace yet */
	uint64_t stack : 24;		/* where it was initialised */
	uint64_t kind : 4;
	uint64_t generation : 12;
};

_Static_assert(OBJECT_KINDS <= 16, "a kind fits its bits");

enum { MAX_ID = (1 << 24) - 1 };

union packed {
	struct entry entry;
	uint64_t word;
};

static struct entry load(const uint64_t *place)
{
	return ((union packed){.word = __atomic_load_n(place, __ATOMIC_ACQUIRE)}).entry;
}

static void store(uint64_t *place, struct entry entry)
{
	__atomic_store_n(place, ((union packed){.entry = entry}).word, __ATOMIC_RELEASE);
}

/* A thread's end is no address: its key is one that no address has. */
static uint64_t key_of(uint64_t address, enum object_kind kind)
{
	return kind == OBJECT_THREAD ? ~address : address;
}

static cold void record_end(struct thread *t, const struct entry *entry, uint32_t stack)
{
	struct record_object_end fact = {.h.thread = t->index, .id = (uint32_t)entry->id, .stack = stack};

	writer_append(RECORD_OBJECT_END, &fact, sizeof(fact), NULL, 0);
	__atomic_fetch_add(&objects_epoch, 1, __ATOMIC_RELEASE);
}

/* Ends the generation at `place`.  Called with the lock. */
static cold struct entry next_generation(struct thread *t, uint64_t *place, uint32_t stack)
{
	struct entry entry = load(place);

	if (entry.id) {
		record_end(t, &entry, stack);
		entry.generation++;
	}
	entry.id = 0;
	entry.stack = 0;
	return entry;
}

cold void object_init(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	bool is_new;
	uint64_t *place = table_insert(&objects, key_of(address, kind), &is_new);
	struct entry entry;

	if (!place)
		return arena_count_cap(CAP_OBJECTS);
	lock_acquire(&objects_lock);
	entry = next_generation(t, place, stack);
	entry.kind = kind;
	entry.stack = stack <= MAX_ID ? stack : 0;
	store(place, entry);
	lock_release(&objects_lock);
}

cold void object_end(struct thread *t, uintptr_t address, uint32_t stack)
{
	uint64_t *place = table_find(&objects, address);

	if (!place)
		return;
	lock_acquire(&objects_lock);
	store(place, next_generation(t, place, stack));
	lock_release(&objects_lock);
}

static cold bool record(struct thread *t, uint64_t address, const struct entry *entry, uint32_t stack)
{
	struct record_object fact = {
		.h.thread = t->index,
		.id = (uint32_t)entry->id,
		.kind = (uint8_t)entry->kind,
		.generation = (uint16_t)entry->generation,
		.address = address,
		.flags = words_flags(address, entry->kind),
		.create_stack = (uint32_t)entry->stack,
		.first_stack = stack,
	};

	if (t->stack_base - address < t->stack_size) {
		fact.flags |= OBJECT_ON_STACK;
		fact.owner_thread = t->index;
	}
	return writer_append(RECORD_OBJECT, &fact, sizeof(fact), NULL, 0);
}

/* Makes the id of an object that has none of this kind.  Called with the lock. */
static cold uint32_t new_id(struct thread *t, uint64_t *place, uint64_t address, enum object_kind kind, uint32_t stack)
{
	struct entry entry = load(place);

	if (entry.id && entry.kind == kind)
		return (uint32_t)entry.id;
	if (n_objects == MAX_ID) {
		arena_count_cap(CAP_OBJECTS);
		return 0;
	}
	if (entry.id || (entry.kind && entry.kind != kind))
		entry = next_generation(t, place, stack);
	entry.kind = kind;
	entry.id = n_objects + 1;
	if (!record(t, address, &entry, stack))
		return 0;
	store(place, entry);
	return ++n_objects;
}

static cold uint32_t id_of(struct thread *t, uint64_t address, enum object_kind kind, uint32_t stack)
{
	bool is_new;
	uint64_t *place = table_insert(&objects, key_of(address, kind), &is_new);
	struct entry entry;
	uint32_t id;

	if (!place) {
		arena_count_cap(CAP_OBJECTS);
		return 0;
	}
	entry = load(place);
	if (entry.id && entry.kind == kind)
		return (uint32_t)entry.id;
	lock_acquire(&objects_lock);
	id = new_id(t, place, address, kind, stack);
	lock_release(&objects_lock);
	return id;
}

cold uint32_t object_id(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	return id_of(t, address, kind, stack);
}

cold uint32_t object_of_thread(struct thread *t, uint32_t index)
{
	return id_of(t, index, OBJECT_THREAD, 0);
}

cold void objects_reset(void)
{
	table_clear(&objects);
	objects_lock.word = 0;
	n_objects = 0;
	objects_epoch++;
}
