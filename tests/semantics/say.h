/* SPDX-License-Identifier: MIT */
/* How the stories of this folder call a function, and say what came of it.
 *
 * Each call is one line: function, form, result, errno afterwards.  A story says nothing that two runs may tell
 * differently: no address, no id, nothing that depends on who comes first.
 */
#ifndef SAY_H
#define SAY_H

#include <errno.h>
#include <pthread.h>
#include <stdint.h>
#include <time.h>

#define CALL_AS(name, form, call)                                                                                     \
	({                                                                                                            \
		errno = 0;                                                                                            \
		long result_ = (long)(call);                                                                          \
		say(name, form, result_, errno);                                                                      \
		result_;                                                                                              \
	})
#define CALL(function, form, ...) CALL_AS(#function, form, function(__VA_ARGS__))
#define CALL_VOID(function, form, ...) CALL_AS(#function, form, (function(__VA_ARGS__), 0))

void say(const char *function, const char *form, long result, int error);

/* Does it in a thread of its own, to its end. */
void elsewhere(void (*story)(void *), void *argument);

/* Does it in a child process, to its end. */
void in_child(void (*story)(void *), void *argument);

/* A call that a thread makes while it is cancelled. */
struct attempt {
	const char *function;
	long (*call)(void *);
	void *argument;
	void (*undo)(void *);		/* after a call that was not cancelled; may be NULL */
	pthread_mutex_t *mutex;		/* of a condition: said to be held, or not, in the clean-up handler */
	pthread_t thread;
};

/* The cancellation is there before the call. */
void cancel_before(struct attempt attempt);

/* The cancellation comes while the thread sleeps in the call; wake(argument) then ends the call if it goes on. */
void cancel_within(struct attempt attempt, void (*wake)(void *));

/* Sends signals to a thread asleep in the call until it returns. */
void interrupt(struct attempt attempt);

/* Returns when the thread with this id is asleep in the kernel. */
void until_asleep(pid_t tid);

extern const struct timespec long_ago, never, nonsense;	/* never: in a hundred years */

enum { NO_CLOCK = 99 };

/* The stories. */
void tell_files(void);
void tell_memory(void);
void tell_mutexes(void);
void tell_rwlocks(void);
void tell_spins(void);
void tell_conditions(void);
void tell_old_conditions(void);
void tell_semaphores(void);
void tell_barriers(void);
void tell_onces(void);
void tell_c11(void);
void tell_streams(void);
void tell_threads(void);
void tell_processes(void);
void tell_guards(void);

#endif
