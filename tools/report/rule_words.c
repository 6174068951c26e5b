/* SPDX-License-Identifier: MIT */
/* The sentences of each rule. */
#include "rule_words.h"

/* To take it once only. */
#define SPLIT_IT                                                                                                       \
	"Release the lock before calling what takes it again, or split that function into one that takes the lock "    \
	"and one that expects it to be held."

/* To be woken, by what is waited for. */
#define SIGNAL_IT                                                                                                      \
	"Look for the signal that did not come: one that is sent before anybody waits is lost. Let it change a "       \
	"variable under the mutex, and look at that variable in a loop around the wait."
#define POST_IT                                                                                                        \
	"Look for the post that did not come, also on paths that end early: each wait for a semaphore needs one."
#define COME_TO_IT   "Count who comes to the barrier: it opens when as many threads are there as it was made for."
#define GIVE_IT_BACK "A thread that reads gives the read lock back before it asks to write, and looks again then."
#define WAKE_IT                                                                                                        \
	"Look for who should have woken them: given back another language's lock, set the future, counted the latch "  \
	"down, changed the atomic. A task that waits for one which is queued behind it in the same pool waits for "    \
	"ever."
#define READ_IT                                                                                                        \
	"Processes close the ends of pipes that they do not use, and read what a child writes before they wait for "   \
	"its end."
#define RUN_IT_ONCE                                                                                                    \
	"What runs once must not come back to itself: let its routine use what it makes directly, and not through "    \
	"the function that makes it once."

const struct rule_words rule_words[RULES] = {
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
			.advice = SPLIT_IT " A recursive mutex ends the wait, but lets the inner call see data that the outer one "
				  "is changing.",
			.advice_about =
				{
					[OBJECT_RWLOCK] = SPLIT_IT " " GIVE_IT_BACK,
					[OBJECT_ONCE] = RUN_IT_ONCE,
					[OBJECT_GUARD] = RUN_IT_ONCE,
				},
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
			.advice = SIGNAL_IT " " POST_IT " " COME_TO_IT " " GIVE_IT_BACK " " WAKE_IT " " READ_IT,
			.advice_about =
				{
					[OBJECT_NONE] = READ_IT,
					[OBJECT_RWLOCK] = GIVE_IT_BACK,
					[OBJECT_COND] = SIGNAL_IT,
					[OBJECT_BARRIER] = COME_TO_IT,
					[OBJECT_SEM] = POST_IT,
					[OBJECT_ONCE] = RUN_IT_ONCE,
					[OBJECT_FUTEX] = WAKE_IT,
					[OBJECT_GUARD] = RUN_IT_ONCE,
				},
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
	[RULE_HELD_WHILE_BLOCKING] =
		{
			.title = "%T holds %0 while it waits for something else",
			.does = "waits for something else with",
			.did = "waits for something else with",
			.ended = "Whoever asks for the lock waits as long, and for ever when what is waited for needs it.",
			.advice = "Release the lock before the call. Copy what the call needs while the lock is held, and look again "
				  "afterwards whether it is still so.",
		},
	[RULE_EVENT_LOOP_BLOCKED] =
		{
			.title = "the event loop in %T waits for %0",
			.does = "waits for",
			.did = "waits for",
			.ended = "Whatever else the loop serves waits as long.",
			.advice = "Let the loop wait for nothing: hold the lock for less where it is held for long (not across calls "
				  "that block), try for it in the loop (pthread_mutex_trylock) and come back later, or hand the "
				  "work to another thread.",
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
