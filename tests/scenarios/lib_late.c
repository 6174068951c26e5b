/* SPDX-License-Identifier: MIT */
/* A library whose destructor, one of the last, locks in so many places that a chunk of the recording cannot hold them. */
#include "lib_late.h"

enum { PLACES = 1000 };

pthread_mutex_t late_a = PTHREAD_MUTEX_INITIALIZER;
pthread_mutex_t late_b = PTHREAD_MUTEX_INITIALIZER;

static pthread_mutex_t outer = PTHREAD_MUTEX_INITIALIZER;
static pthread_mutex_t inner = PTHREAD_MUTEX_INITIALIZER;

/* Each level of the stack is a place of its own. */
static __attribute__((noinline)) void visit(int places)
{
	pthread_mutex_lock(&inner);
	pthread_mutex_unlock(&inner);
	if (places > 1)
		visit(places - 1);
	__asm__ volatile(""); /* no jump instead of the call */
}

__attribute__((destructor)) static void end_late(void)
{
	pthread_mutex_lock(&outer);
	visit(PLACES);
	pthread_mutex_unlock(&outer);
	pthread_mutex_lock(&late_b); /* end takes b */
	pthread_mutex_lock(&late_a); /* end takes a */
	pthread_mutex_unlock(&late_a);
	pthread_mutex_unlock(&late_b);
}
