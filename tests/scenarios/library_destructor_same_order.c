/* SPDX-License-Identifier: MIT */
/* A thread takes two locks that a library's destructor, when the program ends, takes in the same order.
 *
 * Twin of library_destructor.c: the thread takes b first.
 *
 * expect: clean
 */
#include <sched.h>
#include <stdatomic.h>
#include <stddef.h>

#include "lib_late.h"

static atomic_int finished;

static void *last(void *arg)
{
	pthread_mutex_lock(&late_b); /* last takes first */
	pthread_mutex_lock(&late_a); /* last takes second */
	pthread_mutex_unlock(&late_b);
	pthread_mutex_unlock(&late_a);
	finished++;
	return NULL;
}

int main(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, last, NULL);
	while (!finished)
		sched_yield();
	return 0;
}
