/* SPDX-License-Identifier: MIT */
/* Semaphores, with and without a name; barriers; things done once. */
#include "say.h"

#include <fcntl.h>
#include <limits.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <threads.h>
#include <unistd.h>

static sem_t s;

static long wait_for(void *unused)
{
	return sem_wait(&s);
}

static long timedwait_for(void *unused)
{
	return sem_timedwait(&s, &never);
}

static long clockwait_for(void *unused)
{
	return sem_clockwait(&s, CLOCK_MONOTONIC, &never);
}

static long trywait(void *unused)
{
	return sem_trywait(&s);
}

static void post(void *unused)
{
	CALL(sem_post, "waited for", &s);
}

static void tell_waits(const char *function, long (*call)(void *))
{
	struct attempt attempt = {function, call, NULL, post};
	int value;

	sem_post(&s);
	cancel_before(attempt);
	cancel_within(attempt, NULL);
	sem_getvalue(&s, &value);
	printf("%s: %d left\n", function, value);
	while (sem_trywait(&s) == 0)
		;
	cancel_before(attempt);
	if (call == trywait)
		return;
	cancel_within(attempt, NULL);
	interrupt(attempt);
}

static void tell_values(unsigned value)
{
	char form[32];

	snprintf(form, sizeof(form), "from %u", value);
	CALL(sem_init, form, &s, 0, value);
	CALL(sem_trywait, form, &s);
	CALL(sem_post, form, &s);
	CALL(sem_wait, form, &s);
	CALL(sem_post, form, &s);
	CALL(sem_timedwait, form, &s, &long_ago);
	CALL(sem_timedwait, form, &s, &long_ago);
	CALL(sem_post, form, &s);
	CALL(sem_clockwait, form, &s, CLOCK_MONOTONIC, &long_ago);
	CALL(sem_post, form, &s);
	CALL(sem_timedwait, "to be had, nonsense", &s, &nonsense);
	CALL(sem_clockwait, "to be had, nonsense", &s, CLOCK_MONOTONIC, &nonsense);
	CALL(sem_clockwait, "to be had, no such clock", &s, NO_CLOCK, &never);
	CALL(sem_wait, "to be had", &s);
	while (sem_trywait(&s) == 0)
		;
	CALL(sem_timedwait, "nonsense", &s, &nonsense);
	CALL(sem_clockwait, "too late", &s, CLOCK_MONOTONIC, &long_ago);
	CALL(sem_clockwait, "no such clock", &s, NO_CLOCK, &never);
	CALL(sem_destroy, form, &s);
}

static void tell_named(void)
{
	char name[64];
	sem_t *named;

	snprintf(name, sizeof(name), "/snag-semantics.%d", getpid());
	CALL_AS("sem_open", "not there", sem_open(name, 0) == SEM_FAILED);
	CALL_AS("sem_open", "too much", sem_open(name, O_CREAT, 0600, SEM_VALUE_MAX + 1u) == SEM_FAILED);
	CALL_AS("sem_open", "no name", sem_open("", 0) == SEM_FAILED);
	CALL_AS("sem_open", "new", (named = sem_open(name, O_CREAT | O_EXCL, 0600, 1)) == SEM_FAILED);
	CALL_AS("sem_open", "there already", sem_open(name, O_CREAT | O_EXCL, 0600, 1) == SEM_FAILED);
	CALL_AS("sem_open", "again", sem_open(name, O_CREAT, 0600, 7) != named);
	CALL(sem_wait, "named", named);
	CALL(sem_trywait, "named, taken", named);
	CALL(sem_post, "named", named);
	CALL(sem_close, "open twice", named);
	CALL(sem_close, "open once", named);
	CALL(sem_close, "not open", &s);
	sem_unlink(name);
}

void tell_semaphores(void)
{
	tell_values(0);
	tell_values(1);
	tell_values(2);
	CALL(sem_init, "too much", &s, 0, SEM_VALUE_MAX + 1u);
	sem_init(&s, 0, SEM_VALUE_MAX);
	CALL(sem_post, "full", &s);
	sem_init(&s, 0, 0);
	tell_waits("sem_wait", wait_for);
	tell_waits("sem_timedwait", timedwait_for);
	tell_waits("sem_clockwait", clockwait_for);
	tell_waits("sem_trywait", trywait);
	tell_named();
}

/* ---- barriers ---------------------------------------------------------------------------------------------------- */

static pthread_barrier_t barrier;

static long wait_at_barrier(void *unused)
{
	return pthread_barrier_wait(&barrier);
}

static void arrive(void *unused)
{
	pthread_barrier_wait(&barrier);
}

/* A barrier is no point of cancellation.  Which of the two is told to be the serial thread is not fixed. */
static long wait_as_anybody(void *unused)
{
	int rc = pthread_barrier_wait(&barrier);

	return rc == PTHREAD_BARRIER_SERIAL_THREAD ? 0 : rc;
}

void tell_barriers(void)
{
	CALL(pthread_barrier_init, "for nobody", &barrier, NULL, 0);
	CALL(pthread_barrier_init, "for one", &barrier, NULL, 1);
	CALL(pthread_barrier_wait, "for one", &barrier);
	cancel_before((struct attempt){"pthread_barrier_wait", wait_at_barrier});
	CALL(pthread_barrier_destroy, "for one", &barrier);
	pthread_barrier_init(&barrier, NULL, 2);
	cancel_within((struct attempt){"pthread_barrier_wait", wait_as_anybody}, arrive);
	CALL(pthread_barrier_destroy, "for two", &barrier);
}

/* ---- once -------------------------------------------------------------------------------------------------------- */

static int n_runs;

static void count(void)
{
	n_runs++;
}

static void give_up(void)
{
	n_runs++;
	pthread_testcancel();
}

static pthread_once_t broken = PTHREAD_ONCE_INIT;
static once_flag broken_flag = ONCE_FLAG_INIT;

static long run_broken(void *unused)
{
	return pthread_once(&broken, give_up);
}

static long run_broken_flag(void *unused)
{
	call_once(&broken_flag, give_up);
	return 0;
}

static void said(const char *function)
{
	printf("%s: %d runs\n", function, n_runs);
	n_runs = 0;
}

/* A routine that was cancelled has not been run: the next caller runs it. */
void tell_onces(void)
{
	pthread_once_t once = PTHREAD_ONCE_INIT;
	once_flag flag = ONCE_FLAG_INIT;

	CALL(pthread_once, "first", &once, count);
	CALL(pthread_once, "second", &once, count);
	said("pthread_once");
	cancel_before((struct attempt){"pthread_once", run_broken});
	CALL(pthread_once, "after one that was cancelled", &broken, count);
	said("pthread_once");
	CALL_VOID(call_once, "first", &flag, count);
	CALL_VOID(call_once, "second", &flag, count);
	said("call_once");
	cancel_before((struct attempt){"call_once", run_broken_flag});
	CALL_VOID(call_once, "after one that was cancelled", &broken_flag, count);
	said("call_once");
}
