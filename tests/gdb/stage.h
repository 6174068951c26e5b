/* SPDX-License-Identifier: MIT */
/* What every program here does for the test that looks at it: it says where its locks lie, names its threads, and brings
 * them to the moment before they hang. */
#ifndef STAGE_H
#define STAGE_H

#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

static pthread_barrier_t stage_barrier;

/* Tells the test the address of a lock, by the name that debug information gives it. */
static inline void stage_lock(const char *name, const void *lock)
{
	char line[128];
	int size = snprintf(line, sizeof(line), "%s %p\n", name, lock);

	if (write(STDOUT_FILENO, line, (size_t)size) != size)
		_exit(1);
}

/* To be called first: so many threads will come to stage_meet().  Any debugger may attach, also where only parents can. */
static inline void stage_open(unsigned n_threads)
{
	prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
	pthread_barrier_init(&stage_barrier, NULL, n_threads);
}

static inline void stage_name(const char *name)
{
	pthread_setname_np(pthread_self(), name);
}

/* Waits for the others: from here on nothing but locks decides who comes next. */
static inline void stage_meet(void)
{
	pthread_barrier_wait(&stage_barrier);
}

#endif
