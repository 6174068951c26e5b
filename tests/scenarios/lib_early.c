/* SPDX-License-Identifier: MIT */
/* A library whose constructor locks, and has done so when the constructors of the program begin. */
#include "lib_early.h"

#include <sched.h>
#include <stdatomic.h>

pthread_mutex_t early_a = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t early_b = PTHREAD_MUTEX_INITIALIZER;
pthread_t early_thread;

static atomic_int finished;

static void *early(void *arg)
{
	pthread_mutex_lock(&early_a); /* early takes a */
	pthread_mutex_lock(&early_b); /* early takes b */
	pthread_mutex_unlock(&early_b);
	pthread_mutex_unlock(&early_a);
	finished++;
	return NULL;
}

__attribute__((constructor)) static void start_early(void)
{
	pthread_create(&early_thread, NULL, early, NULL);
	while (!finished)
		sched_yield();
}
