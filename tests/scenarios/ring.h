/* SPDX-License-Identifier: MIT */
/* A ring of SIZE threads and SIZE locks: each thread takes the lock of its own number, then the next one.
 *
 * Included by the ring scenarios, which say how large it is, and for each thread which of the two locks it takes first.
 */
#ifndef RING_H
#define RING_H

#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>

static pthread_mutex_t locks[SIZE];
static atomic_int finished;

static void *thread(void *arg)
{
	int own = (intptr_t)arg, next = (own + 1) % SIZE;
	int first = IS_ORDERED(own, next) ? own : next, second = own + next - first;

	pthread_mutex_lock(&locks[first]); /* takes the first */
	pthread_mutex_lock(&locks[second]); /* takes the second */
	pthread_mutex_unlock(&locks[second]);
	pthread_mutex_unlock(&locks[first]);
	finished++;
	return NULL;
}

int main(void)
{
	static pthread_t threads[SIZE];

	for (int i = 0; i < SIZE; i++)
		pthread_mutex_init(&locks[i], NULL);
	for (intptr_t i = 0; i < SIZE; i++) {
		pthread_create(&threads[i], NULL, thread, (void *)i);
		while (finished <= i)
			sched_yield();
	}
	for (int i = 0; i < SIZE; i++)
		pthread_join(threads[i], NULL);
	return 0;
}

#endif
