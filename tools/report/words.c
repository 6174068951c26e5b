/* SPDX-License-Identifier: MIT */
/* A finding in words.
 *
 * Every rule has a row of sentences, and one function fills in the names.  In a sentence stands
 *
 *   %0 %1 ...  the finding's locks          %L  the locks of its circle, the first part's first
 *   %T         its first thread             %U  its last thread
 *   %N         how many threads it has      %%  a percent sign
 */
#include "report.h"
#include "words.h"

#include "page.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum {
	LISTED_LOCKS = 3, /* locks that %L names when there are many */
	TOLD_PARTS = 4,	  /* parts that a story tells when there are many */
};

struct rule_words {
	const char *title;	     /* it can happen, or it was a single act */
	const char *title_many;	     /* the same for more than two threads; NULL: as title */
	const char *title_stuck;     /* threads are in it; NULL: as title */
	const char *title_lockless;  /* its one thread waits for no lock; NULL: as title */
	const char *does, *did;	     /* what a thread does, or did, to the lock that it "wants" */
	const char *last_did;	     /* what the last thread did; NULL: the same as the others */
	const char *holds;	     /* how the holder has the lock; NULL: "holds" */
	const char *can_end, *ended; /* what comes of it, to end the story with */
	const char *advice;
	const char *advice_siblings; /* for locks that are of one kind; NULL: as advice */
};

static const struct rule_words rules[RULES] = {
	[RULE_LOCK_ORDER_CYCLE] =
		{
			.title = "%L are taken in opposite orders",
			.title_many = "%L are taken in orders that close a circle",
			.title_stuck = "deadlock: %N threads wait for each other's locks, %L",
			.does = "asks for",
			.did = "waits for",
			.can_end = "When each has got its first lock, they wait for each other for ever.",
			.ended = "They wait for each other for ever.",
			.advice = "Give these locks one order and keep to it everywhere, or release the lock that is "
				  "held before "
				  "asking for the next. In C++ std::scoped_lock takes several locks without an order; "
				  "in C, try for "
				  "the second one (pthread_mutex_trylock), and when that fails release the first and "
				  "begin again.",
			.advice_siblings =
				"These locks are of one kind. Take them in one fixed order, by index or by address, "
				"whichever comes first in the call.",
		},
	[RULE_LOCK_CLASS_ORDER] =
		{
			.title = "locks of one kind, such as %0 and %1, are nested in both directions",
			.does = "asks for",
			.did = "asks for",
			.can_end = "When two threads come with the same two locks, one in each direction, they wait for each "
				   "other for ever.",
			.advice = "Take locks of one kind in one fixed order, by index or by address, whichever comes first in "
				  "the call.",
		},
	[RULE_SELF_DEADLOCK] =
		{
			.title = "%T waits for %0, which it holds itself",
			.title_stuck = "deadlock: %T waits for %0, which it holds itself",
			.does = "asks again for",
			.did = "waits for",
			.can_end = "From there it can never go on.",
			.ended = "It can never go on.",
			.advice = "Release the lock before calling what takes it again, or split that function into "
				  "one that takes "
				  "the lock and one that expects it to be held. A recursive mutex ends the wait, but "
				  "lets the inner "
				  "call see data that the outer one is changing.",
		},
	[RULE_READ_BEHIND_WRITER] =
		{
			.title = "%T takes %0 for reading again while it has it so, and a writer can come between",
			.title_many = "threads can wait in a circle in which %T reads %0 behind a writer",
			.title_stuck = "deadlock: %T waits to read %0 behind a writer, which waits for it",
			.does = "asks for",
			.did = "waits for",
			.can_end = "When the writer asks first, each of them waits for the other for ever.",
			.ended = "They wait for each other for ever.",
			.advice = "Do not take a read lock that the thread has already: split the function into one that "
				  "takes the lock and one that expects it to be held. A lock of glibc's default kind lets "
				  "the reader pass, but other systems need not, and writers may starve. Where another lock "
				  "is in the circle, readers must keep to the order of locks, too.",
		},
	[RULE_JOIN_CYCLE] =
		{
			.title = "threads can wait in a circle for %L",
			.title_stuck = "deadlock: threads wait in a circle for %L",
			.does = "waits for",
			.did = "waits for",
			.can_end = "When it comes to that, they wait for each other for ever.",
			.ended = "They wait for each other for ever.",
			.advice = "Release the lock before joining, or join from a thread that holds nothing the "
				  "joined thread "
				  "needs.",
		},
	[RULE_NESTED_MONITOR] =
		{
			.title = "%T waits for %0 with %1 held, which %U takes before it signals",
			.title_stuck = "deadlock: %T waits for %0 with %1 held, which others wait for",
			.does = "asks for",
			.did = "waits for",
			.can_end = "When the first has begun to wait, the second cannot come to wake it.",
			.ended = "Nobody is left who could go on.",
			.advice = "Release the outer lock before the wait; the condition variable gives back its own mutex "
				  "only. Or signal without that lock.",
		},
	[RULE_BARRIER_CYCLE] =
		{
			.title = "%T waits at %0 with %1 held, which %U takes on its way there",
			.title_stuck = "deadlock: %T waits at %0 with %1 held, which others wait for",
			.does = "asks for",
			.did = "waits for",
			.can_end = "When the first has taken the lock first, the second cannot come to the barrier.",
			.ended = "Nobody is left who could go on.",
			.advice = "Release the lock before the barrier. What the barrier orders needs no lock around it.",
		},
	[RULE_LOST_WAKEUP] =
		{
			.title = "%U signals %0 without %1, so the signal can be lost on %T",
			.title_stuck = "%T waits for %0, but the signal by %U came before",
			.does = "waits for",
			.did = "waits for",
			.last_did = "signalled",
			.can_end = "When the signal comes between the waiter's look and its wait, it waits for ever.",
			.ended = "A signal that nobody waits for is not remembered.",
			.advice = "Say what has happened in a variable. Change it with the mutex held that goes with the wait, and "
				  "look at it, under that mutex, before every wait: while (!ready) pthread_cond_wait(&c, &m).",
		},
	[RULE_POOL_STARVATION] =
		{
			.title = "%T waits for %0, which takes another thread of its own pool",
			.title_stuck = "%T waits for work that it gave to its own pool, in which all threads wait",
			.does = "waits for",
			.did = "waits for",
			.last_did = "had signalled",
			.can_end = "When all threads of the pool wait like this, nobody is left to do what they wait for.",
			.ended = "Nobody is left who could do the work.",
			.advice = "Do not wait in a worker for work of the same pool: let the last part go on with what comes after "
				  "it, do the part at once instead of queueing it, help with the queue while waiting, or give the "
				  "parts to a pool of their own.",
		},
	[RULE_NOBODY_TO_WAKE] =
		{
			.title = "%T waits for %0, and nobody is left to wake it",
			.title_many = "all %N threads wait, and nobody is left to wake one of them",
			.title_lockless = "%T waits, and nobody is left to wake it",
			.does = "waits for",
			.did = "waits for",
			.ended = "Nobody is left who could go on.",
			.advice = "Look for the wake-up that did not come. A signal that is sent before anybody waits is "
				  "lost: let it change a variable under the mutex, and look at that variable in a loop "
				  "around the wait. Count that every path that is waited for posts, signals or comes to the "
				  "barrier. Processes close the ends of pipes that they do not use, and read what a child "
				  "writes before they wait for its end.",
		},
	[RULE_SIGNAL_HANDLER] =
		{
			.title = "%T takes %0, and so does a signal handler that can interrupt it there",
			.title_stuck = "deadlock: a signal handler in %T waits for %0, which %T holds",
			.does = "asks in the handler for",
			.did = "waits in the handler for",
			.can_end = "When the signal comes while the lock is held, the handler waits for the code that it keeps from "
				   "going on.",
			.ended = "The code that holds the lock cannot go on before the handler returns.",
			.advice = "Take no lock in a handler: set a flag, write to a pipe (or use signalfd), or let one thread "
				  "wait for the signal with sigwait. Or block the signal (pthread_sigmask) wherever the lock is "
				  "held.",
		},
	[RULE_LOADER_LOCK] =
		{
			.title = "%L are taken in opposite orders",
			.title_many = "%L are taken in orders that close a circle",
			.does = "asks for",
			.did = "waits for",
			.can_end = "When each has got its first lock, they wait for each other for ever.",
			.advice = "dlopen and dlclose hold a lock of the loader while they run the constructors and destructors of "
				  "libraries. Hold no lock around them that such code takes, or move what it does into a function "
				  "that is called afterwards.",
		},
	[RULE_UNLOCK_NOT_OWNER] =
		{
			.title = "%0 is unlocked by %T, which does not hold it",
			.does = "unlocks",
			.did = "unlocked",
			.ended = "From then on the lock protects nothing.",
			.advice = "Unlock in the thread that locked. To hand work to another thread use a condition "
				  "variable or a "
				  "semaphore.",
		},
	[RULE_DESTROY_HELD] =
		{
			.title = "%0 is destroyed while %U holds it",
			.does = "destroys",
			.did = "destroyed",
			.ended = "What its holder does next with it is undefined.",
			.advice = "Destroy the lock, or free its memory, only after every thread that uses it has "
				  "released it or "
				  "has been joined.",
		},
	[RULE_EXIT_HELD] =
		{
			.title = "%T ended with %0 held",
			.does = "ends with",
			.did = "ended with",
			.holds = "ended and still holds",
			.ended = "Whoever asks for the lock from now on waits for ever.",
			.advice = "Release the lock on every path out of the thread: early returns, pthread_exit, "
				  "cancellation "
				  "(pthread_cleanup_push) and exceptions.",
		},
	[RULE_FORK_HELD] =
		{
			.title = "%0 was held by another thread when %T was forked",
			.does = "is forked without the owner of",
			.did = "was forked without the owner of",
			.holds = "of the parent process held",
			.ended = "In the new process whoever asks for the lock waits for ever.",
			.advice = "Fork before there are threads, or exec right after the fork and call nothing in "
				  "between that locks. A library can take its locks in pthread_atfork's first handler and "
				  "release them in the other two.",
		},
	[RULE_UNPROTECTED_VARIABLE] =
		{
			.title = "no lock protects %0, which %T and %U use",
			.does = "uses",
			.did = "used",
			.can_end = "When they come at the same time, one can overwrite what the other writes, or read half of it.",
			.advice = "Hold one lock at all accesses to the variable, or make it atomic. An access that only another "
				  "way of handing on puts in order, such as an atomic flag, is told of, too.",
		},
	[RULE_DECLARED_ORDER] =
		{
			.title = "%T takes %0 with %1 held, though it is to be taken first",
			.does = "asks for",
			.did = "asked for",
			.ended = "A thread that keeps to the order can wait for this one, and this one for it.",
			.advice = "Take the locks in the order that the program has declared, or release the one that is held "
				  "before asking for the other. If the order is another one by now, declare that.",
		},
	[RULE_DEAD_OWNER] =
		{
			.title = "a process ended with %0 held, which it shares with others",
			.does = "is refused",
			.did = "is refused",
			.holds = "held to the end",
			.ended = "Whoever asks for it from now on waits for ever, or is refused.",
			.advice = "Release the lock on every way out of the process. For processes that may be killed use a robust "
				  "mutex: when pthread_mutex_lock says EOWNERDEAD, mend the data and call "
				  "pthread_mutex_consistent before the unlock.",
		},
	[RULE_ORPHANED_LOCK] =
		{
			.title = "%T waits for %0, whose owner is gone",
			.does = "waits for",
			.did = "waits for",
			.holds = "is gone and still holds",
			.ended = "Nobody is left to release it.",
			.advice = "Let the owner release the lock before it ends, and before the process is forked; for "
				  "owners that can die use a robust mutex and pthread_mutex_consistent.",
		},
};

static const struct rule_words *words_of(const struct finding *finding)
{
	assert(rules[finding->rule].title);
	return &rules[finding->rule];
}

const char *rule_advice(enum rule rule)
{
	return rules[rule].advice;
}

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

const char *mode_phrase(enum object_mode mode)
{
	return mode == MODE_READ ? " for reading" : "";
}

const char *capitalised(struct names *names, const char *words)
{
	char *copy = pool_printf(names_pool(names), "%s", words);

	copy[0] = (char)toupper((unsigned char)copy[0]);
	return copy;
}

/* ---- sentences -------------------------------------------------------------------------------------------------- */

static const char *part_thread(struct names *names, const struct finding *finding, uint32_t part)
{
	if (part >= finding->n_parts)
		return "a thread";
	return names_thread(names, finding->parts[part].model, finding->parts[part].thread);
}

/* "A and B", "A, B, C and 7 more": each part holds what the part before it wants. */
static const char *list_locks(struct names *names, const struct finding *finding)
{
	uint32_t n = finding->n_parts, n_listed = n <= LISTED_LOCKS + 1 ? n : LISTED_LOCKS;
	struct pool *pool = names_pool(names);
	const char *list = "";

	for (uint32_t i = 0; i < n_listed; i++) {
		const char *separator = i == 0 ? "" : i + 1 == n ? " and " : ", ";
		const struct finding_lock *lock = &finding->parts[(i + n - 1) % n].want;

		list = pool_printf(pool, "%s%s%s", list, separator, names_lock_phrase(names, lock));
	}
	if (n_listed < n)
		list = pool_printf(pool, "%s and %" PRIu32 " more", list, n - n_listed);
	return list;
}

/* What the letter or number after a percent sign stands for; *at is moved behind it. */
static const char *fill_in(struct names *names, const struct finding *finding, const char **at)
{
	char *end;
	unsigned long lock = strtoul(*at, &end, 10);

	if (isdigit((unsigned char)**at)) {
		*at = end;
		return lock < finding->n_locks ? names_lock_phrase(names, &finding->locks[lock]) : "a lock";
	}
	switch (*(*at)++) {
	case 'L':
		return list_locks(names, finding);
	case 'T':
		return part_thread(names, finding, 0);
	case 'U':
		return part_thread(names, finding, finding->n_parts - 1);
	case 'N':
		return pool_printf(names_pool(names), "%" PRIu32, finding->n_parts);
	default:
		return "%";
	}
}

static const char *sentence(struct names *names, const struct finding *finding, const char *pattern)
{
	const char *text = "";

	while (pattern && *pattern) {
		size_t n = strcspn(pattern, "%");

		text = pool_printf(names_pool(names), "%s%.*s", text, (int)n, pattern);
		pattern += n;
		if (*pattern && *++pattern)
			text = pool_printf(names_pool(names), "%s%s", text, fill_in(names, finding, &pattern));
	}
	return text;
}

const char *finding_title(struct names *names, const struct finding *finding)
{
	const struct rule_words *words = words_of(finding);
	const char *title = words->title;

	if (is_stuck(finding) && words->title_stuck)
		title = words->title_stuck;
	else if (!finding->n_locks && finding->n_parts == 1 && words->title_lockless)
		title = words->title_lockless;
	else if ((finding->n_parts > 2 || !finding->n_locks) && words->title_many)
		title = words->title_many;
	return sentence(names, finding, title);
}

const char *finding_why(struct names *names, const struct finding *finding)
{
	return sentence(names, finding, finding->why);
}

const char *finding_assumption(struct names *names, const struct finding *finding, uint32_t i)
{
	return sentence(names, finding, finding->assumptions[i]);
}

static bool are_siblings(struct names *names, const struct finding *finding)
{
	for (uint32_t i = 1; i < finding->n_parts; i++)
		if (!names_are_siblings(names, &finding->parts[0].want, &finding->parts[i].want))
			return false;
	return finding->n_parts > 1;
}

const char *finding_advice(struct names *names, const struct finding *finding)
{
	const struct rule_words *words = words_of(finding);

	if (finding->class >= CLASS_ORDERED)
		return NULL;
	return words->advice_siblings && are_siblings(names, finding) ? words->advice_siblings : words->advice;
}

/* ---- stories ---------------------------------------------------------------------------------------------------- */

const char *finding_verb(const struct finding *finding, const struct finding_part *part)
{
	const struct rule_words *words = words_of(finding);

	if (words->last_did && part == &finding->parts[finding->n_parts - 1])
		return words->last_did;
	return is_stuck(finding) ? words->did : words->does;
}

/* " (taken at bank.c:41)"; "" where nobody saw it, as in a process that runs without the shim. */
static const char *tell_where(struct names *names, const struct model *model, const char *verb, uint32_t stack)
{
	if (!stack && model->is_inspected)
		return "";
	return pool_printf(names_pool(names), " (%s%s)", verb, names_where(names, model, stack));
}

static const char *tell_hold(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	const struct finding_held *held = part->cycle_hold >= 0 ? &part->holds[part->cycle_hold] : NULL;

	if (!held)
		return "";
	assert((uint32_t)part->cycle_hold < part->n_holds);
	return pool_printf(names_pool(names), " %s " LOCK("%s") "%s%s", words_of(finding)->holds ?: "holds",
			   names_lock_phrase(names, &held->lock), mode_phrase(held->mode),
			   tell_where(names, part->model, "taken ", held->stack));
}

static const char *tell_want(struct names *names, const struct finding *finding, const struct finding_part *part)
{
	if (!part->has_want && part->doing)
		return pool_printf(names_pool(names), " %s", part->doing);
	if (!part->has_want)
		return "";
	return pool_printf(names_pool(names), " %s " LOCK("%s") "%s%s", finding_verb(finding, part),
			   names_lock_phrase(names, &part->want), mode_phrase(part->want_mode),
			   tell_where(names, part->model, "", part->want_stack));
}

/* "Thread 2 holds A (taken at x.c:1) and waits for B (at x.c:2). " */
static const char *tell_part(struct names *names, const struct finding *finding, uint32_t i)
{
	const char *thread = capitalised(names, part_thread(names, finding, i));
	const char *hold = tell_hold(names, finding, &finding->parts[i]);
	const char *want = tell_want(names, finding, &finding->parts[i]);

	return pool_printf(names_pool(names), STRONG("%s") "%s%s%s. ", thread, hold, *hold && *want ? " and" : "",
			   want);
}

const char *finding_story(struct names *names, const struct finding *finding)
{
	uint32_t n = finding->n_parts, n_told = n <= TOLD_PARTS + 1 ? n : TOLD_PARTS;
	const struct rule_words *words = words_of(finding);
	struct pool *pool = names_pool(names);
	const char *story = "", *end = NULL;

	for (uint32_t i = 0; i < n_told; i++)
		story = pool_printf(pool, "%s%s", story, tell_part(names, finding, i));
	if (n_told < n)
		story = pool_printf(pool,
				    finding_is_circle(finding)
					    ? "%sSo it goes on with %" PRIu32
					      " more threads, and the last one closes the circle. "
					    : "%s%" PRIu32 " more threads wait, too. ",
				    story, n - n_told);
	if (is_stuck(finding))
		end = words->ended;
	else if (finding->class < CLASS_ORDERED)
		end = words->can_end;
	return pool_printf(pool, "%s%s", story, end ?: "");
}

const char *finding_story_plain(struct names *names, const struct finding *finding)
{
	char *text = pool_printf(names_pool(names), "%s", finding_story(names, finding)), *to = text;

	for (const char *from = text; *from; from++)
		if (!page_is_mark(*from))
			*to++ = *from;
	*to = '\0';
	return text;
}
