/* SPDX-License-Identifier: MIT */
/* Which threads the trace knows, and the birth of each. */
#include "births.h"

#include "arena.h"
#include "record.h"
#include "table.h"
#include "writer.h"

enum { MAX_PER_SITE = 1024 };		/* threads created at one place that are all recorded */

static struct table per_site;		/* stack of pthread_create -> threads */
static struct table born_late;		/* indices of threads that were recorded after all */
static uint32_t first_unborn = UINT32_MAX;	/* all threads before this one are recorded */

/* false: there was no room for it. */
static cold bool write_birth(struct thread *t)
{
	struct record_thread fact = {
		.h.thread = t->index,
		.tid = t->slot->tid,
		.parent = t->birth.parent,
		.parent_segment = t->birth.segment,
		.create_stack = t->birth.stack,
		.start_routine = (uint64_t)(uintptr_t)t->start,
		.pthread = t->slot->pthread,
		.time_ns = now_ns(),
	};

	t->is_recorded = writer_append(RECORD_THREAD, &fact, sizeof(fact), NULL, 0) != NULL;
	return t->is_recorded;
}

static cold void is_not_born(const struct thread *t)
{
	uint32_t first = __atomic_load_n(&first_unborn, __ATOMIC_ACQUIRE);

	while (t->index < first && !__atomic_compare_exchange_n(&first_unborn, &first, t->index, false, __ATOMIC_ACQ_REL,
								 __ATOMIC_ACQUIRE))
		;
}

cold void birth_note(struct thread *t)
{
	bool is_new;
	uint64_t *count = t->birth.stack ? table_insert(&per_site, t->birth.stack, &is_new) : NULL;

	if (count && __atomic_fetch_add(count, 1, __ATOMIC_RELAXED) >= MAX_PER_SITE) {
		is_not_born(t);
		arena_count_cap(CAP_THREADS_PER_SITE);
	} else if (!write_birth(t)) {
		is_not_born(t);
	}
	record_known_as(t);
}

cold bool birth_note_late(struct thread *t)
{
	bool is_new;

	if (t->is_recorded)
		return true;
	if (!write_birth(t))
		return false;
	table_insert(&born_late, t->index, &is_new);
	record_known_as(t);
	return true;
}

bool birth_is_noted(uint32_t index)
{
	return index < __atomic_load_n(&first_unborn, __ATOMIC_ACQUIRE) || table_find(&born_late, index);
}

cold void birth_reset(void)
{
	table_clear(&per_site);
	table_clear(&born_late);
	first_unborn = UINT32_MAX;
}
