/* SPDX-License-Identifier: MIT */
/* What waiting for locks has cost: put together by lock, and told to a person. */
#include "contention.h"

#include "words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOCKS = 10, MOST_PLACES = 5 }; /* that are told of, unless everything is asked for */

/* ---- by lock ---------------------------------------------------------------------------------------------------- */

static int compare_by_object(const void *a, const void *b)
{
	const struct contention *x = a, *y = b;

	if (x->object != y->object)
		return x->object < y->object ? -1 : 1;
	return (x->total_ns < y->total_ns) - (x->total_ns > y->total_ns);
}

static int compare_locks(const void *a, const void *b)
{
	const struct contended_lock *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return (x->lock.object > y->lock.object) - (x->lock.object < y->lock.object);
}

/* The lock of the first of these; returns how many are its places. */
static uint32_t gather(const struct model *model, const struct contention *places, uint32_t n,
		       struct contended_lock *ret_lock)
{
	const struct object *object = &model->objects[places->object];

	*ret_lock = (struct contended_lock){.lock = {model, places->object, object->address, object->kind},
					    .longest = places,
					    .places = places};
	while (ret_lock->n_places < n && places[ret_lock->n_places].object == places->object) {
		const struct contention *place = &places[ret_lock->n_places++];

		ret_lock->n += place->n;
		ret_lock->total_ns += place->total_ns;
		if (place->longest_ns > ret_lock->longest->longest_ns)
			ret_lock->longest = place;
	}
	return ret_lock->n_places;
}

struct contended_lock *contended_locks(const struct report *report, uint32_t *ret_n)
{
	const struct session *session = report->session;
	struct pool *pool = names_pool(report->names);
	struct contended_lock *locks;
	uint32_t n = 0;

	for (uint32_t m = 0; m < session->n_models; m++)
		n += session->models[m]->n_contentions;
	locks = pool_new_array(pool, struct contended_lock, n);
	n = 0;
	for (uint32_t m = 0; m < session->n_models; m++) {
		const struct model *model = session->models[m];
		struct contention *places = pool_new_array(pool, struct contention, model->n_contentions);

		if (!model->n_contentions)
			continue;
		memcpy(places, model->contentions, model->n_contentions * sizeof(*places));
		qsort(places, model->n_contentions, sizeof(*places), compare_by_object);
		for (uint32_t i = 0; i < model->n_contentions;)
			i += gather(model, &places[i], model->n_contentions - i, &locks[n++]);
	}
	if (n)
		qsort(locks, n, sizeof(*locks), compare_locks);
	*ret_n = n;
	return locks;
}

/* ---- in words --------------------------------------------------------------------------------------------------- */

const char *duration_phrase(struct names *names, uint64_t ns)
{
	static const struct {
		uint64_t ns;
		const char *name;
	} units[] = {{1000000000, "s"}, {1000000, "ms"}, {1000, "us"}};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		if (ns >= units[i].ns)
			return pool_printf(names_pool(names), "%.*f %s", ns < 100 * units[i].ns,
					   (double)ns / (double)units[i].ns, units[i].name);
	return pool_printf(names_pool(names), "%" PRIu64 " ns", ns);
}

static const char *waits_phrase(struct names *names, uint64_t n)
{
	return pool_printf(names_pool(names), "%" PRIu64 " wait%s", n, plural(n));
}

/* " (thread 3 "worker" for thread 2)" */
static const char *who_phrase(struct names *names, const struct model *model, const struct contention *wait)
{
	const char *waiter = names_thread(names, model, wait->longest_thread);

	if (!wait->longest_thread)
		return "";
	if (!wait->longest_owner)
		return pool_printf(names_pool(names), " (%s)", waiter);
	return pool_printf(names_pool(names), " (%s for %s)", waiter, names_thread(names, model, wait->longest_owner));
}

static void print_place(const struct report *report, const struct page *page, const struct model *model,
			const struct contention *place)
{
	const char *where = names_where(report->names, model, place->stack), *taken = "";

	if (place->owner_stack)
		taken = pool_printf(names_pool(report->names), "; it had been taken %s",
				    names_where(report->names, model, place->owner_stack));
	page_print(page, 4, 6, "%s, %s: asked for%s %s%s", waits_phrase(report->names, place->n),
		   duration_phrase(report->names, place->total_ns), mode_phrase(place->mode), where, taken);
}

static void print_lock(const struct report *report, const struct page *page, const struct contended_lock *lock,
		       bool shows_all)
{
	const struct model *model = lock->lock.model;
	uint32_t n = shows_all || lock->n_places < MOST_PLACES ? lock->n_places : MOST_PLACES;

	page_print(page, 2, 4, LOCK("%s") ": %s, " STRONG("%s") " in all, the longest %s%s",
		   lock->lock.object ? names_lock_kind_phrase(report->names, &lock->lock) : "locks too many to be told apart",
		   waits_phrase(report->names, lock->n), duration_phrase(report->names, lock->total_ns),
		   duration_phrase(report->names, lock->longest->longest_ns),
		   who_phrase(report->names, model, lock->longest));
	for (uint32_t i = 0; i < n; i++)
		print_place(report, page, model, &lock->places[i]);
	if (n < lock->n_places)
		page_print(page, 4, 6, FAINT("and at %" PRIu32 " more places (--all shows them)"), lock->n_places - n);
}

void report_contention(const struct report *report, const struct page *page, bool shows_all)
{
	uint32_t n_locks, n;
	const struct contended_lock *locks = contended_locks(report, &n_locks);

	n = shows_all || n_locks < MOST_LOCKS ? n_locks : MOST_LOCKS;
	page_print(page, 0, 2, n ? "Locks that were waited for, the dearest first:" : "No lock was waited for.");
	for (uint32_t i = 0; i < n; i++)
		print_lock(report, page, &locks[i], shows_all);
	if (n < n_locks)
		page_print(page, 2, 4, FAINT("and %" PRIu32 " more locks (--all shows them)"), n_locks - n);
	page_blank(page);
}
