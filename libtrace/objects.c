/* SPDX-License-Identifier: MIT */
/* Address -> identity of a lock. */
#include "objects.h"

#include "arena.h"
#include "entry.h"
#include "files.h"
#include "frames.h"
#include "lifetime.h"
#include "lock.h"
#include "mappings.h"
#include "ordinals.h"
#include "real.h"
#include "stack.h"
#include "steer_schedule.h"
#include "table.h"
#include "words.h"
#include "writer.h"

#include <dlfcn.h>

uint64_t objects_eras[OBJECT_ERAS] __attribute__((aligned(64)));

static struct lock objects_lock;	/* makes ids */
static struct table objects;		/* address -> struct entry, packed */
static uint32_t n_objects;

enum {
	MAX_PER_SITE = 1 << 16,		/* addresses at which one place of the program initialises objects */
	ALIGNMENT = sizeof(int),	/* of the smallest objects: spin locks, once */
};

/* A thread's end is no address: its key is one that no address has. */
static uint64_t key_of(uint64_t address, enum object_kind kind)
{
	return kind == OBJECT_THREAD ? ~address : address;
}

/* Does it lie in memory, so that it ends with it? */
static bool is_in_memory(enum object_kind kind)
{
	return kind != OBJECT_THREAD && kind != OBJECT_FILE_LOCK && kind != OBJECT_LOADER;
}

/* ---- where it lies ---------------------------------------------------------------------------------------------- */

/* Static variables stay until their library goes. */
static cold bool is_static(uint64_t address)
{
	struct dl_find_object found;

	return real_dl_find_object && !real_dl_find_object((void *)address, &found);
}

/* It becomes known: whatever takes its memory away finds it from now on. */
static cold void watch(uint64_t address, struct entry *entry)
{
	struct thread *owner = frames_owner(address);

	entry->is_on_stack = owner && address < owner->stack_base;
	entry->is_static = !owner && is_static(address);
	if (owner)
		frames_note(owner, address);
	if (!entry->is_static)
		lifetime_watch(address, !owner);
}

/* Is the memory gone in which the object lay that the table knows? */
static cold bool is_gone(struct entry entry, uint64_t address)
{
	return entry_is_known(entry) && (entry.is_moving || (entry.is_on_stack && !frames_still_there(address)));
}

static cold void unwatch(uint64_t address, struct entry entry)
{
	if (entry_is_known(entry) && !entry.is_static)
		lifetime_unwatch(address);
}

/* ---- generations ------------------------------------------------------------------------------------------------ */

static cold void record_end(struct thread *t, uint64_t address, const struct entry *entry, uint32_t stack)
{
	struct record_object_end fact = {.h.thread = t->index, .id = entry->number, .stack = stack};

	writer_append(RECORD_OBJECT_END, &fact, sizeof(fact), NULL, 0);
	__atomic_fetch_add(objects_era(address), 1, __ATOMIC_RELEASE);
}

cold void objects_end_eras(void)
{
	for (int i = 0; i < OBJECT_ERAS; i++)
		__atomic_fetch_add(&objects_eras[i], 1, __ATOMIC_SEQ_CST);
}

/* What is left of a known one when its generation has ended. */
static struct entry ended(struct entry entry)
{
	bool is_counted = (entry.is_in_trace || entry.kind == OBJECT_NONE) && entry.generation < ENTRY_MAX_GENERATION;

	return (struct entry){.kind = entry.kind, .generation = (entry.generation + is_counted) & ENTRY_MAX_GENERATION};
}

/* Ends the generation of an entry that was claimed. */
static cold void end_generation(struct thread *t, struct entry *entry, uint64_t address, uint32_t stack)
{
	if (!entry_is_known(*entry))
		return;
	unwatch(address, *entry);
	if (entry->is_in_trace)
		record_end(t, address, entry, stack);
	*entry = ended(*entry);
}

static cold uint64_t *place_for(uint64_t key, uint32_t stack)
{
	uint64_t *place = table_find_near(&objects, key);
	uint32_t n;
	bool is_new;

	if (place)
		return place;
	n = ordinal_next(stack, ORDINAL_NEW_ADDRESS);
	return n && n <= MAX_PER_SITE ? table_insert(&objects, key, &is_new) : NULL;
}

/* What begins to live where the entry is. */
static cold struct entry begun(struct entry entry, uint64_t address, enum object_kind kind, uint32_t stack)
{
	entry.kind = kind;
	if (stack && stack <= ENTRY_MAX_STACK) {
		entry.stack = stack;
		entry.number = ordinal_next(stack, ORDINAL_INIT);
		watch(address, &entry);
	}
	return entry;
}

/* Without the lock.  false: nothing was done. */
static cold bool try_init(uint64_t *place, uint64_t address, enum object_kind kind, uint32_t stack)
{
	struct entry was = entry_load(place), entry;
	bool is_done;

	if (entry_needs_lock(was))
		return false;
	entry = begun(entry_is_known(was) ? ended(was) : was, address, kind, stack);
	is_done = entry_try_store(place, was, entry);
	unwatch(address, is_done ? was : entry);
	return is_done;
}

static cold void init(struct thread *t, uint64_t *place, uint64_t address, enum object_kind kind, uint32_t stack)
{
	struct entry entry;

	lock_acquire(&objects_lock);
	entry = entry_claim(place);
	end_generation(t, &entry, address, stack);
	entry_store(place, begun(entry, address, kind, stack));
	lock_release(&objects_lock);
}

cold void object_init(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	uint64_t *place = place_for(key_of(address, kind), stack);

	if (!place)
		arena_count_cap(CAP_INITS_PER_SITE);
	else if (!try_init(place, address, kind, stack))
		init(t, place, address, kind, stack);
}

/* Without the lock.  false: nothing was done. */
static cold bool try_end(uint64_t *place, uint64_t address)
{
	struct entry was = entry_load(place);

	if (entry_needs_lock(was) || (entry_is_known(was) && !entry_try_store(place, was, ended(was))))
		return false;
	unwatch(address, was);
	return true;
}

cold void object_end(struct thread *t, uintptr_t address, uint32_t stack)
{
	uint64_t *place = table_find_near(&objects, address);
	struct entry entry;

	if (!place || try_end(place, address))
		return;
	lock_acquire(&objects_lock);
	entry = entry_claim(place);
	end_generation(t, &entry, address, stack);
	entry_store(place, entry);
	lock_release(&objects_lock);
}

/* ---- ids -------------------------------------------------------------------------------------------------------- */

static cold bool record(struct thread *t, uint64_t address, const struct entry *entry, uint32_t ordinal,
			uint32_t stack)
{
	const struct thread *owner = is_in_memory(entry->kind) ? frames_owner(address) : NULL;
	struct record_object fact = {
		.h.thread = t->index,
		.id = entry->number,
		.kind = (uint8_t)entry->kind,
		.generation = (uint16_t)entry->generation,
		.address = address,
		.flags = words_flags(address, entry->kind),
		.create_stack = (uint32_t)entry->stack,
		.first_stack = stack,
		.ordinal = ordinal,
	};

	if (owner && address < owner->stack_base) {
		fact.flags |= OBJECT_ON_STACK;
		fact.owner_thread = owner->index;
	}
	return writer_append(RECORD_OBJECT, &fact, sizeof(fact), NULL, 0);
}

/* Other processes have it too. */
static cold void record_file(struct thread *t, uint64_t address, const struct entry *entry)
{
	static char path[PATH_MAX];
	struct record_file fact = {.h.thread = t->index, .object = entry->number};

	if (entry->kind == OBJECT_FILE_LOCK)
		file_lock_describe(address, &fact, path);
	else if (!(words_flags(address, entry->kind) & OBJECT_PROCESS_SHARED) || !mapping_find(address, &fact, path))
		return;
	writer_append(RECORD_FILE, &fact, sizeof(fact), path, fact.path_size);
}

static cold bool has_id(struct entry entry, uint64_t address, enum object_kind kind)
{
	return entry.is_in_trace && entry.kind == kind && !is_gone(entry, address);
}

/* As the how manieth the object was initialised at its place, or first used there when it never is initialised.  What is
 * static has a name of its own. */
static cold uint32_t ordinal_of(const struct entry *entry, uint64_t address, uint32_t stack)
{
	if (entry->stack)
		return entry->number;
	return is_in_memory(entry->kind) && !is_static(address) ? ordinal_next(stack, ORDINAL_FIRST_USE) : 0;
}

/* Makes the id of an object that has none, whose entry was claimed. */
static cold uint32_t new_id(struct thread *t, struct entry *entry, uint64_t address, enum object_kind kind,
			    uint32_t stack)
{
	struct entry known;
	uint32_t ordinal;

	if (has_id(*entry, address, kind))
		return entry->number;
	if (n_objects == ENTRY_MAX_NUMBER) {
		arena_count_cap(CAP_OBJECTS);
		return 0;
	}
	if ((entry->kind != kind && entry->kind != OBJECT_NONE) || is_gone(*entry, address))
		end_generation(t, entry, address, stack);
	known = *entry;
	known.kind = kind;
	ordinal = ordinal_of(&known, address, stack);
	known.number = n_objects + 1;
	known.is_in_trace = true;
	if (!record(t, address, &known, ordinal, stack))
		return 0;
	record_file(t, address, &known);
	if (!entry_is_known(*entry) && is_in_memory(kind))
		watch(address, &known);
	schedule_note_object(known.number, address, known.stack ? known.stack : stack, ordinal);
	*entry = known;
	return ++n_objects;
}

cold uint32_t object_find(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	const uint64_t *place = table_find_near(&objects, key_of(address, kind));
	struct entry entry = place ? entry_load(place) : (struct entry){0};

	return has_id(entry, address, kind) ? entry.number : 0;
}

static cold uint32_t id_of(struct thread *t, uint64_t address, enum object_kind kind, uint32_t stack)
{
	uint32_t id = object_find(t, address, kind, stack);
	struct entry entry;
	uint64_t *place;
	bool is_new;

	if (id)
		return id;
	place = table_insert(&objects, key_of(address, kind), &is_new);
	if (!place) {
		arena_count_cap(CAP_OBJECTS);
		return 0;
	}
	/* Its name is to be found in a library that may not be known yet, and its end comes with that of the library. */
	if (is_in_memory(kind) && is_static(address))
		stack_meet_module(address);
	lock_acquire(&objects_lock);
	entry = entry_claim(place);
	id = new_id(t, &entry, address, kind, stack);
	entry_store(place, entry);
	lock_release(&objects_lock);
	return id;
}

cold uint32_t object_id(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack)
{
	return id_of(t, address, kind, stack);
}

/* Its entry was claimed. */
static cold void mention(struct thread *t, struct entry *entry, uint64_t address, uint32_t stack)
{
	if (is_gone(*entry, address))
		end_generation(t, entry, address, stack);
	if (entry_is_known(*entry) && entry->kind != OBJECT_NONE) {
		new_id(t, entry, address, entry->kind, stack);
	} else if (!entry_is_known(*entry)) {
		entry->kind = OBJECT_NONE;
		entry->stack = stack <= ENTRY_MAX_STACK ? stack : 0;
		watch(address, entry);
	}
}

cold uint32_t object_mention(struct thread *t, uintptr_t address, uint32_t stack)
{
	bool is_new;
	uint64_t *place = table_insert(&objects, address, &is_new);
	struct entry entry;

	if (!place) {
		arena_count_cap(CAP_OBJECTS);
		return 0;
	}
	if (is_static(address))
		stack_meet_module(address);
	lock_acquire(&objects_lock);
	entry = entry_claim(place);
	mention(t, &entry, address, stack);
	entry_store(place, entry);
	lock_release(&objects_lock);
	return entry.generation;
}

cold uint32_t object_of_thread(struct thread *t, uint32_t index)
{
	return id_of(t, index, OBJECT_THREAD, 0);
}

/* ---- memory that goes away -------------------------------------------------------------------------------------- */

cold struct objects_in objects_in(uintptr_t start, size_t size)
{
	return (struct objects_in){
		.at = (start + ALIGNMENT - 1) & ~(uintptr_t)(ALIGNMENT - 1),
		.end = start + size,
		.is_in_table = size >> LIFETIME_PAGE_BITS > LIFETIME_WORDS,
	};
}

/* The next address that the table may have, or the end. */
static cold uintptr_t next_candidate(struct objects_in *in)
{
	uint64_t key;

	if (!in->is_in_table) {
		in->at = lifetime_next(in->at, in->end);
		return in->at < in->end ? (in->at += ALIGNMENT) - ALIGNMENT : in->end;
	}
	while ((key = table_next(&objects, &in->position)))
		if (key >= in->at && key < in->end)
			return key;
	return in->end;
}

cold bool objects_next(struct objects_in *in, uintptr_t *ret_address, enum object_kind *ret_kind)
{
	uintptr_t address;

	while ((address = next_candidate(in)) < in->end) {
		const uint64_t *place = table_find(&objects, address);
		struct entry entry = place ? entry_load(place) : (struct entry){0};

		if (entry_is_known(entry)) {
			*ret_address = address;
			*ret_kind = entry.kind;
			return true;
		}
	}
	return false;
}

static cold void end_all(struct thread *t, struct objects_in in, uint32_t stack)
{
	enum object_kind kind;
	uintptr_t address;

	while (objects_next(&in, &address, &kind))
		object_end(t, address, stack);
}

cold void objects_end(struct thread *t, uintptr_t start, size_t size, uint32_t stack)
{
	end_all(t, objects_in(start, size), stack);
}

/* The filter does not know of static ones. */
cold void objects_end_static(struct thread *t, uintptr_t start, size_t size)
{
	end_all(t, (struct objects_in){.at = start, .end = start + size, .is_in_table = true}, 0);
}

cold void objects_move_begin(uintptr_t start, size_t size)
{
	struct objects_in in = objects_in(start, size);
	enum object_kind kind;
	uintptr_t address;

	lock_acquire(&objects_lock);
	while (objects_next(&in, &address, &kind)) {
		uint64_t *place = table_find(&objects, address);
		struct entry entry = entry_claim(place);

		entry.is_moving = entry_is_known(entry);
		entry_store(place, entry);
	}
	lock_release(&objects_lock);
}

/* An entry that is no longer marked belongs to somebody who has the memory now. */
static cold void move_end(struct thread *t, uintptr_t address, uint32_t stack, bool has_moved)
{
	uint64_t *place = table_find(&objects, address);
	struct entry entry = entry_load(place);

	if (!entry.is_moving)
		return;
	entry.is_moving = false;
	if (has_moved)
		end_generation(t, &entry, address, stack);
	entry_store(place, entry);
}

cold void objects_move_end(struct thread *t, uintptr_t start, size_t size, uint32_t stack, bool has_moved)
{
	struct objects_in in = objects_in(start, size);
	enum object_kind kind;
	uintptr_t address;

	lock_acquire(&objects_lock);
	while (objects_next(&in, &address, &kind))
		move_end(t, address, stack, has_moved);
	lock_release(&objects_lock);
}

/* ---- forgetting ------------------------------------------------------------------------------------------------- */

cold void objects_reset(void)
{
	lifetime_reset();
	frames_reset();
	table_clear(&objects);
	ordinals_reset();
	objects_lock.word = 0;
	n_objects = 0;
	objects_end_eras();
}
