/* SPDX-License-Identifier: MIT */
/* A finding in words.
 *
 * A cycle is told part by part; every other rule is about one lock and at most two threads, and has its own sentences
 * in a table.
 */
#include "words.h"

#include "page.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	TITLE_LOCKS = 3, /* locks named in a title */
	STORY_PARTS = 4, /* parts of a cycle that are told in words */
};

static bool is_stuck(const struct finding *finding)
{
	return finding->class == CLASS_OBSERVED || finding->class == CLASS_CONFIRMED;
}

const char *mode_name(enum object_mode mode)
{
	static const char *const names[MODES] = {"write", "read", "token"};

	assert(mode < MODES);
	return names[mode];
}

const char *capitalised(struct names *names, const char *words)
{
	char *copy = pool_printf(names_pool(names), "%s", words);

	copy[0] = (char)toupper((unsigned char)copy[0]);
	return copy;
}

static const char *part_thread(struct names *names, const struct finding_part *part)
{
	return names_thread(names, part->model, part->thread);
}

/* ---- titles ----------------------------------------------------------------------------------------------------- */

/* The locks of a cycle, that of the first part first: "A and B", "A, B, C and 7 more". */
static const char *list_locks(struct names *names, const struct finding *finding)
{
	const char *list = "";
	uint32_t n = finding->n_parts, n_named = n <= TITLE_LOCKS + 1 ? n : TITLE_LOCKS;

	for (uint32_t i = 0; i < n_named; i++) {
		const char *separator = i == 0 ? "" : i + 1 == n ? " and " : ", ";

		list = pool_printf(names_pool(names), "%s%s%s", list, separator,
				   names_lock_phrase(names, &finding->parts[(i + n - 1) % n].want));
	}
	if (n_named < n)
		list = pool_printf(names_pool(names), "%s and %" PRIu32 " more", list, n - n_named);
	return list;
}

static const char *cycle_title(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	const char *locks = list_locks(names, finding);

	if (is_stuck(finding))
		return pool_printf(pool, "deadlock: %" PRIu32 " threads wait for each other's locks, %s",
				   finding->n_parts, locks);
	if (finding->n_parts == 2)
		return pool_printf(pool, "%s are taken in opposite orders", locks);
	return pool_printf(pool, "%s are taken in orders that close a circle", locks);
}

static const char *join_title(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	const char *locks = list_locks(names, finding);

	if (is_stuck(finding))
		return pool_printf(pool, "deadlock: threads wait for %s", locks);
	return pool_printf(pool, "threads can wait in a circle for %s", locks);
}

/* The one lock that a finding is about, and the threads with a part in it ("" where there is none). */
struct cast {
	const char *lock, *first, *second;
};

static struct cast cast_of(struct names *names, const struct finding *finding)
{
	return (struct cast){
		.lock = finding->n_locks ? names_lock_phrase(names, &finding->locks[0]) : "a lock",
		.first = finding->n_parts ? part_thread(names, &finding->parts[0]) : "a thread",
		.second = finding->n_parts > 1 ? part_thread(names, &finding->parts[1]) : NULL,
	};
}

const char *finding_title(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	struct cast cast = cast_of(names, finding);

	switch (finding->rule) {
	case RULE_LOCK_ORDER_CYCLE:
		return cycle_title(names, finding);
	case RULE_JOIN_CYCLE:
		return join_title(names, finding);
	case RULE_SELF_DEADLOCK:
		return pool_printf(pool, "%s%s waits for %s, which it holds itself",
				   is_stuck(finding) ? "deadlock: " : "", cast.first, cast.lock);
	case RULE_UNLOCK_NOT_OWNER:
		return pool_printf(pool, "%s is unlocked by %s, which does not hold it", cast.lock, cast.first);
	case RULE_DESTROY_HELD:
		return pool_printf(pool, "%s is destroyed while %s holds it", cast.lock,
				   cast.second ? cast.second : cast.first);
	case RULE_EXIT_HELD:
		return pool_printf(pool, "%s ended with %s held", cast.first, cast.lock);
	case RULE_ORPHANED_LOCK:
		return pool_printf(pool, "%s waits for %s, whose owner has ended", cast.first, cast.lock);
	default:
		return rule_summary(finding->rule);
	}
}

/* ---- stories ---------------------------------------------------------------------------------------------------- */

/* How a rule's parts are told: what a thread does to what it "wants", how the holder holds it, and what comes of it. */
struct plot {
	const char *does, *did; /* it can happen; it happened */
	const char *can_end, *ended;
	const char *holds;
};

static const struct plot plots[RULES] = {
	[RULE_LOCK_ORDER_CYCLE] = {"asks for", "waits for",
				   "When each has got its first lock, they wait for each "
				   "other for ever.",
				   "They wait for each other for ever.", "holds"},
	[RULE_SELF_DEADLOCK] = {"asks again for", "waits for", "It can never go on from there.",
				"It can never go on: nobody else can release the lock.", "holds"},
	[RULE_JOIN_CYCLE] = {"waits for", "waits for", "When it comes to that, they wait for each other for ever.",
			     "They wait for each other for ever.", "holds"},
	[RULE_UNLOCK_NOT_OWNER] = {"unlocks", "unlocked", "", "From then on the lock protects nothing.", "holds"},
	[RULE_DESTROY_HELD] = {"destroys", "destroyed", "", "What its holder does next with it is undefined.", "holds"},
	[RULE_EXIT_HELD] = {"ends with", "ended with", "", "Whoever asks for the lock from now on waits for ever.",
			    "ended and still holds"},
	[RULE_ORPHANED_LOCK] = {"waits for", "waits for", "", "Nobody is left to release it.",
				"has ended and still holds"},
};

static const struct plot *plot_of(const struct finding *finding)
{
	static const struct plot none = {"asks for", "waits for", "", "", "holds"};

	return plots[finding->rule].does ? &plots[finding->rule] : &none;
}

const char *finding_verb(const struct finding *finding)
{
	return is_stuck(finding) ? plot_of(finding)->did : plot_of(finding)->does;
}

static const char *tell_hold(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	int which = part->cycle_hold;
	const struct finding_held *held = which >= 0 && which < (int)part->n_holds ? &part->holds[which] : NULL;

	if (!held)
		return NULL;
	return pool_printf(names_pool(names), "%s " LOCK("%s") "%s (taken %s)", plot_of(finding)->holds,
			   names_lock_phrase(names, &held->lock), held->mode == MODE_READ ? " for reading" : "",
			   names_where(names, part->model, held->stack));
}

static const char *tell_want(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	if (!part->has_want)
		return NULL;
	return pool_printf(names_pool(names), "%s " LOCK("%s") "%s (%s)", finding_verb(finding),
			   names_lock_phrase(names, &part->want), part->want_mode == MODE_READ ? " for reading" : "",
			   names_where(names, part->model, part->want_stack));
}

/* "Thread 2 holds A (taken at x.c:1) and waits for B (at x.c:2)." */
static const char *tell_part(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	const char *thread = capitalised(names, part_thread(names, part));
	const char *hold = tell_hold(names, finding, part), *want = tell_want(names, finding, part);

	if (!hold && !want)
		return pool_printf(names_pool(names), "%s has a part in it. ", thread);
	return pool_printf(names_pool(names), STRONG("%s") " %s%s%s. ", thread, hold ? hold : "",
			   hold && want ? " and " : "", want ? want : "");
}

const char *finding_story(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	uint32_t n = finding->n_parts, n_told = n <= STORY_PARTS + 1 ? n : STORY_PARTS;
	const struct plot *plot = plot_of(finding);
	const char *story = "", *end = "";

	for (uint32_t i = 0; i < n_told; i++)
		story = pool_printf(pool, "%s%s", story, tell_part(names, finding, &finding->parts[i]));
	if (n_told < n)
		story = pool_printf(pool,
				    "%sSo it goes on with %" PRIu32 " more threads, and the last wants what the "
				    "first holds. ",
				    story, n - n_told);
	if (is_stuck(finding))
		end = plot->ended;
	else if (finding->class < CLASS_ORDERED)
		end = plot->can_end;
	return pool_printf(pool, "%s%s", story, end);
}

/* ---- reasons ---------------------------------------------------------------------------------------------------- */

/* %N stands for locks[N] and %% for a percent sign. */
const char *finding_why(struct names *names, const struct finding *finding)
{
	struct pool *pool = names_pool(names);
	const char *why = "", *at = finding->why ? finding->why : "";

	while (*at) {
		size_t n = strcspn(at, "%");
		char *end;
		unsigned long which;

		why = pool_printf(pool, "%s%.*s", why, (int)n, at);
		at += n;
		if (!*at)
			break;
		which = strtoul(at + 1, &end, 10);
		if (end > at + 1 && which < finding->n_locks)
			why = pool_printf(pool, "%s%s", why, names_lock_phrase(names, &finding->locks[which]));
		else
			why = pool_printf(pool, "%s%%", why);
		at = end > at + 1 ? end : at + 1 + (at[1] == '%');
	}
	return why;
}

/* ---- advice ----------------------------------------------------------------------------------------------------- */

static bool are_siblings(struct names *names, const struct finding *finding)
{
	for (uint32_t i = 1; i < finding->n_parts; i++)
		if (!names_are_siblings(names, &finding->parts[0].want, &finding->parts[i].want))
			return false;
	return true;
}

static const char *cycle_advice(struct names *names, const struct finding *finding)
{
	if (are_siblings(names, finding))
		return "These locks are of one kind. Take them in one fixed order, by index or by address, whichever "
		       "comes "
		       "first in the call.";
	return pool_printf(
		names_pool(names),
		"Give these locks one order and keep to it everywhere, or release the lock that is held before "
		"asking for %s. In C++ std::scoped_lock takes several locks without an order; in C, try for the "
		"second one (pthread_mutex_trylock), and when that fails release the first and begin again.",
		names_lock_phrase(names, &finding->parts[0].want));
}

const char *finding_advice(struct names *names, const struct finding *finding)
{
	if (finding->class >= CLASS_ORDERED)
		return NULL;
	switch (finding->rule) {
	case RULE_LOCK_ORDER_CYCLE:
		return finding->n_parts ? cycle_advice(names, finding) : NULL;
	case RULE_SELF_DEADLOCK:
		return "Release the lock before calling what takes it again, or split that function into one that "
		       "takes "
		       "the lock and one that expects it to be held. A recursive mutex ends the wait, but lets the "
		       "inner "
		       "call see data that the outer one is changing.";
	case RULE_JOIN_CYCLE:
		return "Release the lock before joining, or join from a thread that holds nothing the joined thread "
		       "needs.";
	case RULE_UNLOCK_NOT_OWNER:
		return "Unlock in the thread that locked. To hand work to another thread use a condition variable or a "
		       "semaphore.";
	case RULE_DESTROY_HELD:
		return "Destroy the lock, or free its memory, only after every thread that uses it has released it or "
		       "has been joined.";
	case RULE_EXIT_HELD:
		return "Release the lock on every path out of the thread: early returns, pthread_exit, cancellation "
		       "(pthread_cleanup_push) and exceptions.";
	case RULE_ORPHANED_LOCK:
		return "Let the owner release the lock before it ends; for owners that can die use a robust mutex and "
		       "pthread_mutex_consistent.";
	default:
		return NULL;
	}
}
