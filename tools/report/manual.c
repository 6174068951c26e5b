/* SPDX-License-Identifier: MIT */
/* The pages of `snag explain`: for each rule what it means, an example and what to do; for each class what it means. */
#include "manual.h"

#include "words.h"

#include <assert.h>
#include <string.h>

enum { INDENT = 2, CODE_INDENT = 6, CODE_LINES = 6 };

struct rule_page {
	const char *meaning;
	const char *example[CODE_LINES]; /* the last ones are NULL */
};

struct class_page {
	const char *summary, *meaning;
};

static const struct rule_page rule_pages[RULES] = {
	[RULE_LOCK_ORDER_CYCLE] =
		{
			.meaning = "Every thread of a circle holds a lock that the one before it asks for. When each "
				   "has taken its first lock and none its second, none of them ever goes on. Two "
				   "threads and two locks are enough. It need not have happened in the run: that the "
				   "same locks were taken in both orders is what is reported, with the reason why "
				   "nothing (or what) keeps the threads apart.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&a);        pthread_mutex_lock(&b);",
					"pthread_mutex_lock(&b);        pthread_mutex_lock(&a);",
				},
		},
	[RULE_LOCK_CLASS_ORDER] =
		{
			.meaning = "Two locks that were made by the same line are taken one inside the other, and two others of "
				   "the same make in the opposite order of their addresses. Nothing can come of these four, but "
				   "the code that did it does not keep to an order, and the next two may be the same. Locks that "
				   "are always taken by ascending, or always by descending addresses are not reported.",
			.example =
				{
					"thread 1                       thread 2",
					"transfer(&x[0], &x[1]);        transfer(&x[3], &x[2]);",
					"/* each begins: lock(&from->lock); lock(&to->lock); */",
				},
		},
	[RULE_SELF_DEADLOCK] =
		{
			.meaning =
				"A thread asks for a lock that it has already, and which does not count how often it "
				"is taken. A function that locks was called with the lock held, or a read lock is to "
				"become a write lock.",
			.example =
				{
					"pthread_mutex_lock(&lock);",
					"add(1);                        /* begins with pthread_mutex_lock(&lock) */",
				},
		},
	[RULE_READ_BEHIND_WRITER] =
		{
			.meaning =
				"A read-write lock that prefers writers lets no reader in while a writer waits, not "
				"even one who is in already. A thread that reads and takes the lock for reading once "
				"more waits behind the writer, who waits for the thread's first hold.",
			.example =
				{
					"reader                         writer",
					"pthread_rwlock_rdlock(&l);",
					"                               pthread_rwlock_wrlock(&l);",
					"pthread_rwlock_rdlock(&l);",
				},
		},
	[RULE_JOIN_CYCLE] =
		{
			.meaning = "To join a thread is to wait for its end. When the one that joins holds a lock that "
				   "the other still takes, the other cannot come to its end. Threads that join each "
				   "other wait for ever, too.",
			.example =
				{
					"main                           worker",
					"pthread_mutex_lock(&lock);",
					"pthread_join(worker, NULL);    pthread_mutex_lock(&lock);",
				},
		},
	[RULE_NESTED_MONITOR] =
		{
			.meaning = "pthread_cond_wait() gives back the mutex that is passed to it, and no other. When "
				   "an outer lock stays held, and the thread that would signal takes that lock on its "
				   "way, the signal never comes. The same holds for a semaphore that is waited for.",
			.example =
				{
					"consumer                       producer",
					"pthread_mutex_lock(&outer);",
					"pthread_mutex_lock(&m);",
					"pthread_cond_wait(&c, &m);     pthread_mutex_lock(&outer);",
					"                               pthread_cond_signal(&c);",
				},
		},
	[RULE_BARRIER_CYCLE] =
		{
			.meaning = "A barrier lets nobody go on before all have come. A thread that waits there with a lock in its "
				   "hand keeps away the one that takes this lock first and comes to the barrier then.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&lock);     pthread_mutex_lock(&lock);",
					"pthread_barrier_wait(&b);      pthread_mutex_unlock(&lock);",
					"pthread_mutex_unlock(&lock);   pthread_barrier_wait(&b);",
				},
		},
	[RULE_LOST_WAKEUP] =
		{
			.meaning = "A condition variable does not remember signals: one that comes when nobody waits is lost. So a "
				   "thread looks at a variable before it waits, and the mutex keeps that from changing between the "
				   "look and the wait. It is possible where a thread waits, and none of those that signal has ever "
				   "taken that mutex: what they change can change in between.",
			.example =
				{
					"waiter                         signaller, without m",
					"pthread_mutex_lock(&m);",
					"while (!ready)                 ready = 1;",
					"                               pthread_cond_signal(&c);",
					"        pthread_cond_wait(&c, &m);",
				},
		},
	[RULE_POOL_STARVATION] =
		{
			.meaning = "A job that runs in a pool of threads gives a part of its work to the same pool and waits until it "
				   "is done. That takes a second thread. When all threads of the pool run such jobs at once, their "
				   "parts stay in the queue, and everybody waits. More threads only make it rarer.",
			.example =
				{
					"void job(void)                 /* in each thread of the pool */",
					"{",
					"        submit(&pool, part);",
					"        wait_for(part);",
					"}",
				},
		},
	[RULE_NOBODY_TO_WAKE] =
		{
			.meaning = "When the process ended, every thread of it was waiting, and had been for a while: "
				   "some to be woken by a signal, a post or a barrier, the others for those. No thread "
				   "is left that could do it. Often a signal came before the wait for it and was lost, "
				   "or a barrier counts more threads than come.",
			.example =
				{
					"consumer                       producer",
					"                               pthread_cond_signal(&c);",
					"pthread_cond_wait(&c, &m);     /* it is not remembered */",
				},
		},
	[RULE_SIGNAL_HANDLER] =
		{
			.meaning = "A signal handler runs in the middle of whatever the thread was doing. When that was between "
				   "locking and unlocking, and the handler asks for the same lock, the thread waits for itself. "
				   "Functions that are not async-signal-safe lock, too: malloc, printf and most others. It is an "
				   "error when the signal is open where the lock is taken, in a thread in which the handler was seen; "
				   "a warning when that was another thread, or when the thread sent itself the signal.",
			.example =
				{
					"thread                         handler of SIGALRM, in the same thread",
					"pthread_mutex_lock(&lock);",
					"count++;                       pthread_mutex_lock(&lock);",
				},
		},
	[RULE_LOADER_LOCK] =
		{
			.meaning = "dlopen and dlclose hold a lock of the loader from beginning to end, and run the constructors "
				   "and destructors of libraries meanwhile. A thread that calls them with a lock held, and a library "
				   "that takes the same lock in its constructor, take the two in opposite orders.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&plugins);  dlopen(\"b.so\", RTLD_NOW);",
					"dlopen(\"a.so\", RTLD_NOW);     /* its constructor: lock(&plugins); */",
				},
		},
	[RULE_UNLOCK_NOT_OWNER] =
		{
			.meaning = "A thread unlocked a mutex that another thread, or nobody, had locked. For a mutex "
				   "of the default kind POSIX leaves open what happens then; the thread that believes "
				   "to have it may not be alone.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&lock);",
					"                               pthread_mutex_unlock(&lock);",
				},
		},
	[RULE_DESTROY_HELD] =
		{
			.meaning = "A lock was destroyed while a thread had it. What the thread does next with it, if "
				   "only to unlock it, is undefined: the memory may be another object by then.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&o->lock);",
					"                               pthread_mutex_destroy(&o->lock);",
					"                               free(o);",
				},
		},
	[RULE_EXIT_HELD] =
		{
			.meaning = "A thread returned from its start routine, called pthread_exit() or was cancelled "
				   "with a lock in its hand. Nothing releases the lock for it; whoever asks for it "
				   "later waits for ever.",
			.example =
				{
					"pthread_mutex_lock(&lock);",
					"if (!ready)",
					"        return NULL;           /* without pthread_mutex_unlock() */",
				},
		},
	[RULE_FORK_HELD] =
		{
			.meaning =
				"fork() copies the memory, but only the thread that calls it. A lock that another "
				"thread had at that moment is held in the child for good, be it the program's own or "
				"one of a library. It does harm as soon as the child asks for it.",
			.example =
				{
					"thread 1                       thread 2",
					"                               pthread_mutex_lock(&log_lock);",
					"if (fork() == 0)",
					"        log_line(\"child\");     /* waits for log_lock */",
				},
		},
	[RULE_UNPROTECTED_VARIABLE] =
		{
			.meaning = "Of a variable that `snag run --watch` looked at: two threads used it, one of them wrote, "
				   "neither creation nor join of a thread puts one before the other, and there is no lock "
				   "that both held.",
			.example =
				{
					"thread 1                       thread 2",
					"n_sold++;                      pthread_mutex_lock(&lock);",
					"                               n_sold++;",
					"                               pthread_mutex_unlock(&lock);",
				},
		},
	[RULE_DECLARED_ORDER] =
		{
			.meaning = "The program has said by snag_order() of <snag/snag.h> that one lock is taken before "
				   "another one, itself or by way of third ones; and a thread has asked for it with the "
				   "other one held. That is told also when no thread ever took them as it should be.",
			.example =
				{
					"snag_order(&table, &row);",
					"pthread_mutex_lock(&row);",
					"pthread_mutex_lock(&table);     /* with the row held */",
				},
		},
	[RULE_HELD_WHILE_BLOCKING] =
		{
			.meaning = "A thread slept, or waited in poll or select, for more than a tenth of a second with a lock in its "
				   "hand. All others that ask for the lock wait as long. When it waits for somebody who needs the lock, "
				   "perhaps at the other end of a pipe or a socket, it is a deadlock that no tool can see. It is a "
				   "warning.",
			.example =
				{
					"pthread_mutex_lock(&lock);",
					"poll(&fd, 1, -1);              /* the answer may need the lock */",
					"pthread_mutex_unlock(&lock);",
				},
		},
	[RULE_EVENT_LOOP_BLOCKED] =
		{
			.meaning = "A thread that asks again and again for several descriptors at once (epoll_wait, or poll and select "
				   "for more than one) waited for a lock for half a second or more. Meanwhile it answered nobody. "
				   "The one who had the lock is named, and while it lasts what that one does. It is a warning: "
				   "the loop may go on. When it cannot, another rule says so.",
			.example =
				{
					"loop                           another thread",
					"epoll_wait(...);               pthread_mutex_lock(&cache);",
					"pthread_mutex_lock(&cache);    read(disk, ...);  /* takes long */",
				},
		},
	[RULE_DEAD_OWNER] =
		{
			.meaning = "A lock in shared memory outlives the processes that use it. One that ends with the lock held, "
				   "for reading or writing, leaves it so, and the others wait for ever. A robust mutex tells the next "
				   "one that its owner died (EOWNERDEAD); if that one unlocks it without pthread_mutex_consistent, "
				   "nobody can ever take it again (ENOTRECOVERABLE).",
			.example =
				{
					"process 1                      process 2",
					"pthread_mutex_lock(shared);",
					"exit(1);                       pthread_mutex_lock(shared);",
				},
		},
	[RULE_ORPHANED_LOCK] =
		{
			.meaning = "A thread waits for a lock whose owner has ended without releasing it, or was a "
				   "thread of the process that this one was forked from. See exit-held and fork-held "
				   "for how it comes to that.",
			.example =
				{
					"thread 1                       thread 2",
					"pthread_mutex_lock(&lock);",
					"return NULL;                   pthread_mutex_lock(&lock);",
				},
		},
};

static const struct class_page class_pages[CLASSES] = {
	[CLASS_OBSERVED] =
		{
			.summary = "threads are, or were, stuck in it, or it was a single act that happened",
			.meaning = "It happened in the run that was recorded. Where threads are stuck in it, or what "
				   "happens next is undefined, it is an error; else a warning.",
		},
	[CLASS_CONFIRMED] =
		{
			.summary = "predicted, then made to happen",
			.meaning = "It was predicted from one run, and another run was steered until it happened.",
		},
	[CLASS_PREDICTED] =
		{
			.summary = "the recorded synchronisation has a schedule that deadlocks",
			.meaning = "Among the orders in which the recorded operations could have run there is one that "
				   "ends in the deadlock. What was assumed is printed with it.",
		},
	[CLASS_POSSIBLE] =
		{
			.summary = "lock order, guards and thread order allow it",
			.meaning =
				"The threads hold and want these locks in a circle, no common lock is held around "
				"two of the places, and no creation or join of threads keeps them apart. What the "
				"threads do on other paths, or say to each other by variables, is not known. It is a "
				"warning when something speaks against it, which is printed: a wait with a time "
				"limit, or a lock that threads hand to each other.",
		},
	[CLASS_ORDERED] =
		{
			.summary = "create and join keep its parts apart",
			.meaning = "In every run one part is over before the other begins, because a thread is created "
				   "or joined in between. It becomes an error when that changes. Shown with --all.",
		},
	[CLASS_GUARDED] =
		{
			.summary = "a gate lock keeps its parts apart",
			.meaning =
				"A lock, which is named, is held around two of the parts, so they never happen at "
				"the same time. It becomes an error when somebody makes the gate smaller. Shown with "
				"--all.",
		},
	[CLASS_SINGLE_THREAD] =
		{
			.summary = "one thread took both orders",
			.meaning = "It takes several threads at the same time, and fewer did this. It becomes an error "
				   "when another thread runs the same code. Shown with --all.",
		},
};

void manual_list(const struct page *page)
{
	page_print(page, 0, 0, STRONG("Rules"));
	for (int rule = 0; rule < RULES; rule++)
		page_print(page, INDENT, 24, "%-20s  %s", rule_name(rule), rule_summary(rule));
	page_blank(page);
	page_print(page, 0, 0, STRONG("Classes"));
	for (int class = 0; class < CLASSES; class ++)
		page_print(page, INDENT, 24, "%-20s  %s", class_name(class), class_pages[class].summary);
	page_blank(page);
	page_print(page, 0, 0, "`snag explain NAME` says more of one.");
}

static void print_rule(const struct page *page, enum rule rule)
{
	const struct rule_page *of = &rule_pages[rule];

	assert(of->meaning && of->example[0]);
	page_print(page, 0, INDENT, STRONG("%s") ": %s", rule_name(rule), rule_summary(rule));
	page_blank(page);
	page_print(page, INDENT, INDENT, "%s", of->meaning);
	page_blank(page);
	for (int i = 0; i < CODE_LINES && of->example[i]; i++)
		page_line(page, CODE_INDENT, "%s", of->example[i]);
	page_blank(page);
	page_print(page, INDENT, INDENT, STRONG("What to change:") " %s", rule_advice(rule));
}

static void print_class(const struct page *page, enum finding_class class)
{
	assert(class_pages[class].meaning);
	page_print(page, 0, INDENT, STRONG("%s") ": %s", class_name(class), class_pages[class].summary);
	page_blank(page);
	page_print(page, INDENT, INDENT, "%s", class_pages[class].meaning);
}

bool manual_print(const struct page *page, const char *name)
{
	for (int rule = 0; rule < RULES; rule++)
		if (strcmp(rule_name(rule), name) == 0) {
			print_rule(page, rule);
			return true;
		}
	for (int class = 0; class < CLASSES; class ++)
		if (strcmp(class_name(class), name) == 0) {
			print_class(page, class);
			return true;
		}
	return false;
}
