/* SPDX-License-Identifier: MIT */
/* What waiting for locks has cost: put together by lock, and told to a person. */
#include "contention.h"

#include "words.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_LOCKS = 10, MOST_EXPLAINED = 3, MOST_PLACES = 3 }; /* that are told of, unless everything is asked for */
enum { LOCK_COLUMN = 42 };				       /* of the table, where the names begin */

/* Who has a lock for so long does something else with it, too; less may be the scheduler's doing. */
enum { LONG_NS = 100000, MUCH = 10 };

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
		ret_lock->n_holds += place->n_holds;
		ret_lock->held_ns += place->held_ns;
		if (place->longest_held_ns > ret_lock->longest_held_ns)
			ret_lock->longest_held_ns = place->longest_held_ns;
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

void contention_print_head(const struct page *page)
{
	page_line(page, 0, "%7s %7s %7s  %7s %7s  %s", "WAITS", "IN ALL", "LONGEST", "HELD", "LONGEST", "LOCK");
}

void contention_print_lock(const struct page *page, struct names *names, const struct contended_lock *lock)
{
	const char *name = lock->lock.object ? names_lock(names, &lock->lock) : "locks too many to be told apart";
	unsigned room = page->width > LOCK_COLUMN ? page->width - LOCK_COLUMN : 0;
	const char *held = "-", *longest_held = "-";

	if (lock->n_holds) {
		held = duration_phrase(names, lock->held_ns / lock->n_holds);
		longest_held = duration_phrase(names, lock->longest_held_ns);
	}
	page_line(page, 0, "%7" PRIu64 " %7s %7s  %7s %7s  %s", lock->n, duration_phrase(names, lock->total_ns),
		  duration_phrase(names, lock->longest->longest_ns), held, longest_held,
		  page_fit(page, names_pool(names), room, name));
}

/* ---- a lock and its places -------------------------------------------------------------------------------------- */

/* Places that a person is told of in the same words. */
struct told_place {
	const char *words;
	uint64_t n, total_ns;
	const struct contention *first;
};

static int compare_words(const void *a, const void *b)
{
	return strcmp(((const struct told_place *)a)->words, ((const struct told_place *)b)->words);
}

static int compare_totals(const void *a, const void *b)
{
	const struct told_place *x = a, *y = b;

	if (x->total_ns != y->total_ns)
		return x->total_ns > y->total_ns ? -1 : 1;
	return compare_words(a, b);
}

/* "at items.c:55 in item_get, called by process_get" */
static const char *code_phrase(struct names *names, const struct model *model, uint32_t stack)
{
	const struct backtrace *backtrace = names_stack(names, model, stack);
	const struct frame *site = backtrace_site(backtrace), *caller = NULL;
	const char *where = names_where(names, model, stack);

	if (backtrace->site + 1 < backtrace->n)
		caller = backtrace->frames[backtrace->site + 1];
	if (site && site->line && site->function)
		where = pool_printf(names_pool(names), "%s in %s", where, site->function);
	if (caller && caller->function)
		where = pool_printf(names_pool(names), "%s, called by %s", where, caller->function);
	return where;
}

static const char *place_words(struct names *names, const struct model *model, const struct contention *place)
{
	const char *asked = code_phrase(names, model, place->stack);

	if (!place->owner_stack)
		return pool_printf(names_pool(names), "asked for%s %s", mode_phrase(place->mode), asked);
	return pool_printf(names_pool(names), "asked for%s %s; it had been taken %s", mode_phrase(place->mode), asked,
			   code_phrase(names, model, place->owner_stack));
}

/* The dearest first; returns how many. */
static uint32_t tell_apart(struct names *names, const struct contended_lock *lock, struct told_place *told)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < lock->n_places; i++)
		told[i] = (struct told_place){place_words(names, lock->lock.model, &lock->places[i]), lock->places[i].n,
					      lock->places[i].total_ns, &lock->places[i]};
	qsort(told, lock->n_places, sizeof(*told), compare_words);
	for (uint32_t i = 0; i < lock->n_places; i++) {
		if (n && !compare_words(&told[n - 1], &told[i])) {
			told[n - 1].n += told[i].n;
			told[n - 1].total_ns += told[i].total_ns;
		} else {
			told[n++] = told[i];
		}
	}
	qsort(told, n, sizeof(*told), compare_totals);
	return n;
}

/* thread 3 "worker", for thread 2 */
static const char *who_phrase(struct names *names, const struct model *model, const struct contention *wait)
{
	const char *waiter = names_thread(names, model, wait->longest_thread);

	if (!wait->longest_owner)
		return waiter;
	return pool_printf(names_pool(names), "%s, for %s", waiter, names_thread(names, model, wait->longest_owner));
}

/* How long it is held decides: where that is not known, how long it is waited for.  Who has not waited for it is not timed, and
 * may be the one who keeps it. */
static const char *change_phrase(struct names *names, const struct contended_lock *lock, const struct contention *place)
{
	uint64_t waited_ns = lock->total_ns / lock->n, ns = lock->n_holds ? lock->held_ns / lock->n_holds : waited_ns;
	const char *where = place->owner_stack ? names_where(names, lock->lock.model, place->owner_stack) : "elsewhere";

	if (lock->n_holds && waited_ns > MUCH * lock->longest_held_ns)
		return pool_printf(names_pool(names),
				   "Those who had waited for it held it only briefly, and yet the waits are long: do less "
				   "while it is held by who takes it %s; or threads have to wait for a processor, too.", where);
	if (ns < LONG_NS)
		return "It is held only briefly, but wanted often: take it less often, or make several of it, each for a "
		       "part of what it protects.";
	return pool_printf(names_pool(names), "It is held for long: do less while it is held, first where it is taken %s.", where);
}

static void explain_lock(const struct report *report, const struct page *page, const struct contended_lock *lock,
			 bool shows_all)
{
	struct names *names = report->names;
	struct told_place *told = pool_new_array(names_pool(names), struct told_place, lock->n_places);
	uint32_t n = tell_apart(names, lock, told), n_shown = shows_all || n < MOST_PLACES ? n : MOST_PLACES;

	page_print(page, 0, 2, LOCK("%s") ": the longest wait was " STRONG("%s") ", of %s",
		   lock->lock.object ? names_lock_kind_phrase(names, &lock->lock) : "locks too many to be told apart",
		   duration_phrase(names, lock->longest->longest_ns), who_phrase(names, lock->lock.model, lock->longest));
	for (uint32_t i = 0; i < n_shown; i++)
		page_print(page, 2, 4, STRONG("%s") " in %" PRIu64 " wait%s: %s", duration_phrase(names, told[i].total_ns),
			   told[i].n, plural(told[i].n), told[i].words);
	if (n_shown < n)
		page_print(page, 2, 4, FAINT("and at %" PRIu32 " more place%s (--all shows them)"), n - n_shown,
			   plural(n - n_shown));
	page_print(page, 2, 4, "What to change: %s", change_phrase(names, lock, told[0].first));
	page_blank(page);
}

/* ---- the whole -------------------------------------------------------------------------------------------------- */

/* "3.1 s in all", and in how long a run, if that has ended in order. */
static const char *sum_phrase(const struct report *report, const struct contended_lock *locks, uint32_t n)
{
	const struct session *session = report->session;
	uint64_t total_ns = 0, run_ns = 0;
	const char *sum;

	for (uint32_t i = 0; i < n; i++)
		total_ns += locks[i].total_ns;
	sum = duration_phrase(report->names, total_ns);
	if (session->n_models == 1 && session->models[0]->end_monotonic_ns > session->models[0]->start_monotonic_ns)
		run_ns = session->models[0]->end_monotonic_ns - session->models[0]->start_monotonic_ns;
	if (!run_ns)
		return sum;
	return pool_printf(names_pool(report->names), "%s in a run of %s", sum, duration_phrase(report->names, run_ns));
}

void report_contention(const struct report *report, const struct page *page, bool shows_all)
{
	uint32_t n_locks, n;
	const struct contended_lock *locks = contended_locks(report, &n_locks);

	n = shows_all || n_locks < MOST_LOCKS ? n_locks : MOST_LOCKS;
	if (!n) {
		page_print(page, 0, 2, "No lock was waited for.");
		page_blank(page);
		return;
	}
	page_print(page, 0, 2, "All threads together waited for locks for " STRONG("%s") ".  The dearest locks:",
		   sum_phrase(report, locks, n_locks));
	page_blank(page);
	contention_print_head(page);
	for (uint32_t i = 0; i < n; i++)
		contention_print_lock(page, report->names, &locks[i]);
	if (n < n_locks)
		page_print(page, 2, 4, FAINT("and %" PRIu32 " more lock%s (--all shows them)"), n_locks - n,
			   plural(n_locks - n));
	page_blank(page);
	for (uint32_t i = 0; i < n && (shows_all || i < MOST_EXPLAINED); i++)
		explain_lock(report, page, &locks[i], shows_all);
}
