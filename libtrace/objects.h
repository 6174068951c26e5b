/* SPDX-License-Identifier: MIT */
/* Address -> identity of a lock: (address, generation), with the id that stands for it in the trace.
 *
 * An object gets an id, and a record, when it first matters: when it is part of a dependency, of a wait, of an event.
 * Until then initialising it costs an entry here, and locking it costs nothing here at all.  A generation ends when the
 * object is destroyed, or initialised again while it was known, or when the memory goes in which it lies: few objects are
 * ever destroyed, and none need be.  free() and its like, the end of a thread and that of a library say so here
 * (lifetime.h); of a lock in a stack frame it is found out when it is next asked for (frames.h).
 */
#ifndef SNAG_OBJECTS_H
#define SNAG_OBJECTS_H

#include "thread.h"

/* What threads have cached of an address is true as long as its era is the same.  It ends with a generation there, or at one of
 * the other addresses that share it. */
enum { OBJECT_ERAS = 256 };
extern hidden uint64_t objects_eras[OBJECT_ERAS];

static always_inline uint64_t *objects_era(uintptr_t address)
{
	/* That of the address / 8 % OBJECT_ERAS. */
	return (uint64_t *)((char *)objects_eras + (address & (OBJECT_ERAS - 1) * sizeof(uint64_t)));
}

static always_inline uint64_t objects_era_now(uintptr_t address)
{
	return __atomic_load_n(objects_era(address), __ATOMIC_RELAXED);
}

/* Ends all eras. */
void objects_end_eras(void);

/* Says that an object begins to live at an address. */
void object_init(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* Says that the object at the address is no more. */
void object_end(struct thread *t, uintptr_t address, uint32_t stack);

/* The id of the object at an address, which is made when it has none; `stack` is then where it was first used.
 * 0: no room (counted). */
uint32_t object_id(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* The same, but 0 when it has none (`stack` is of no use). */
uint32_t object_find(struct thread *t, uintptr_t address, enum object_kind kind, uint32_t stack);

/* The program speaks of the object at an address, of which perhaps nobody knows yet what it is: its generation. */
uint32_t object_mention(struct thread *t, uintptr_t address, uint32_t stack);

/* The id that stands for the end of a thread. */
uint32_t object_of_thread(struct thread *t, uint32_t index);

/* The known objects in a piece of memory, one by one, but for static variables. */
struct objects_in {
	uintptr_t at, end;
	uint64_t position;		/* there */
	bool is_in_table;		/* looked for there, because that is shorter than the memory */
};

struct objects_in objects_in(uintptr_t start, size_t size);
bool objects_next(struct objects_in *in, uintptr_t *ret_address, enum object_kind *ret_kind);

/* All objects in a piece of memory are no more.  The memory itself is not looked at. */
void objects_end(struct thread *t, uintptr_t start, size_t size, uint32_t stack);

/* The same for a library that is gone. */
void objects_end_static(struct thread *t, uintptr_t start, size_t size);

/* A piece of memory may be about to go, and perhaps to be used by others before we know: whoever asks for an object there
 * in between means another one.  Then it is gone, or it is not and the objects live on. */
void objects_move_begin(uintptr_t start, size_t size);
void objects_move_end(struct thread *t, uintptr_t start, size_t size, uint32_t stack, bool has_moved);

/* Forgets all objects, for a new trace file. */
void objects_reset(void);

#endif
