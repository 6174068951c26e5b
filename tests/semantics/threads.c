/* SPDX-License-Identifier: MIT */
/* Threads: creation and its failures, every way to wait for an end, names. */
#include "say.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

/* Lives until the gate opens. */
static void *waits_at_gate(void *argument)
{
	pthread_mutex_lock(&gate);
	pthread_mutex_unlock(&gate);
	return argument;
}

static void *returns(void *argument)
{
	return argument;
}

static void *exits(void *argument)
{
	waits_at_gate(NULL);
	say("pthread_exit", "with its argument", 0, 0);
	pthread_exit(argument);
}

static void show(const char *function, void *result)
{
	printf("%s: the result is %s\n", function,
	       result == PTHREAD_CANCELED ? "PTHREAD_CANCELED" : result == &gate ? "the argument" : "nothing");
}

static pthread_t at_gate(void)
{
	pthread_t thread;

	if (pthread_create(&thread, NULL, waits_at_gate, &gate))
		abort();
	return thread;
}

static void tell_joins(void)
{
	void *result = NULL;
	pthread_t thread;

	pthread_mutex_lock(&gate);
	thread = at_gate();
	CALL(pthread_tryjoin_np, "alive", thread, &result);
	CALL(pthread_timedjoin_np, "alive", thread, &result, &long_ago);
	CALL(pthread_clockjoin_np, "alive", thread, &result, CLOCK_MONOTONIC, &long_ago);
	CALL(pthread_clockjoin_np, "alive, no such clock", thread, &result, NO_CLOCK, &never);
	CALL(pthread_setname_np, "alive", thread, "fifteen letters");
	CALL(pthread_setname_np, "too long", thread, "sixteen letters.");
	pthread_mutex_unlock(&gate);
	CALL(pthread_join, "ends", thread, &result);
	show("pthread_join", result);
	thread = at_gate();
	CALL(pthread_timedjoin_np, "ends", thread, &result, &never);
	thread = at_gate();
	CALL(pthread_clockjoin_np, "ends", thread, NULL, CLOCK_MONOTONIC, &never);
	CALL(pthread_create, "ends at once", &thread, NULL, returns, NULL);
	while (pthread_tryjoin_np(thread, &result) == EBUSY)
		sched_yield();
	show("pthread_tryjoin_np", result);
	pthread_mutex_lock(&gate);
	CALL(pthread_create, "exits", &thread, NULL, exits, &gate);
	pthread_mutex_unlock(&gate);
	CALL(pthread_join, "exits", thread, &result);
	show("pthread_join", result);
	CALL(pthread_join, "itself", pthread_self(), &result);
	CALL(pthread_tryjoin_np, "itself", pthread_self(), &result);
	CALL(pthread_timedjoin_np, "itself", pthread_self(), &result, &long_ago);
}

static void tell_detached(void)
{
	pthread_t thread;

	pthread_mutex_lock(&gate);
	thread = at_gate();
	CALL(pthread_detach, "alive", thread);
	CALL(pthread_detach, "detached", thread);
	CALL(pthread_join, "detached", thread, NULL);
	CALL(pthread_tryjoin_np, "detached", thread, NULL);
	pthread_mutex_unlock(&gate);
}

/* ---- creation ---------------------------------------------------------------------------------------------------- */

static void create_with(const char *form, pthread_attr_t *attributes)
{
	pthread_t thread;

	if (CALL(pthread_create, form, &thread, attributes, returns, &gate) == 0)
		pthread_join(thread, NULL);
	pthread_attr_destroy(attributes);
}

static void tell_creation(void)
{
	const struct sched_param priority = {.sched_priority = 0};
	pthread_attr_t attributes;

	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN);
	create_with("smallest stack", &attributes);
	pthread_attr_init(&attributes);
	pthread_attr_setstacksize(&attributes, (size_t)1 << 46);
	create_with("no room for the stack", &attributes);
	pthread_attr_init(&attributes);
	pthread_attr_setinheritsched(&attributes, PTHREAD_EXPLICIT_SCHED);
	pthread_attr_setschedpolicy(&attributes, SCHED_OTHER);
	pthread_attr_setschedparam(&attributes, &priority);
	create_with("explicit scheduling", &attributes);
}

/* ---- cancellation ------------------------------------------------------------------------------------------------ */

static long join(void *thread)
{
	return pthread_join(*(pthread_t *)thread, NULL);
}

static long timedjoin(void *thread)
{
	return pthread_timedjoin_np(*(pthread_t *)thread, NULL, &never);
}

static long clockjoin(void *thread)
{
	return pthread_clockjoin_np(*(pthread_t *)thread, NULL, CLOCK_MONOTONIC, &never);
}

/* A thread whose joiner was cancelled can be joined by another. */
static void tell_cancelled(const char *function, long (*call)(void *))
{
	pthread_t thread;
	struct attempt attempt = {function, call, &thread};

	pthread_mutex_lock(&gate);
	thread = at_gate();
	cancel_before(attempt);
	cancel_within(attempt, NULL);
	pthread_mutex_unlock(&gate);
	CALL(pthread_join, "whose joiner was cancelled", thread, NULL);
}

static long tryjoin(void *thread)
{
	return pthread_tryjoin_np(*(pthread_t *)thread, NULL);
}

static long create(void *thread)
{
	return pthread_create(thread, NULL, returns, NULL);
}

static void join_it(void *thread)
{
	pthread_join(*(pthread_t *)thread, NULL);
}

static void tell_not_cancelled(void)
{
	pthread_t thread;

	pthread_mutex_lock(&gate);
	thread = at_gate();
	cancel_before((struct attempt){"pthread_tryjoin_np", tryjoin, &thread});
	pthread_mutex_unlock(&gate);
	pthread_join(thread, NULL);
	cancel_before((struct attempt){"pthread_create", create, &thread, join_it});
}

void tell_threads(void)
{
	tell_creation();
	tell_joins();
	tell_detached();
	tell_cancelled("pthread_join", join);
	tell_cancelled("pthread_timedjoin_np", timedjoin);
	tell_cancelled("pthread_clockjoin_np", clockjoin);
	tell_not_cancelled();
}
